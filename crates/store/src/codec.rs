//! Samples of one device as bytes, and back. Pure.
//!
//! What one message brings has one time, so the properties of a device share their moments.
//!
//! Version 1. Numbers in the format are little-endian; a *varint* has seven bits a byte, the lowest
//! first; a *section* is a chunk of the `pco` codec (its file header, the chunk's description, one
//! page) with as many numbers as the place says.
//!
//! - `times`: a varint of how many moments there are, and a section of them, in microseconds.
//! - `readings`: a varint of how many properties there are, and for each: its number as a varint, a
//!   varint length of what follows, a varint of how many samples it has, and:
//!   - at which of the moments: a byte 0 for all; or 1 and a bit for each moment, the lowest of a byte
//!     first; or 2, a varint length and a section of indices into the moments.
//!   - what each sample is, in runs: a varint of how many runs, and each as a varint of four times
//!     its length plus 0 (not known), 1 (a number; truths are 1 and 0) or 2 (a text).
//!   - the numbers, if there are any: a byte 0 and the one number that they all are (64-bit float);
//!     or 1, a byte with a number of decimal places, a varint length, and a section of integers that
//!     are to be divided by ten to that power; or 2, a varint length, and a section of 64-bit floats.
//!   - the texts, if there are any: a varint of how many different ones, each as a varint length and
//!     UTF-8, and, if it is more than one, a varint length and a section of indices into these.
//!
//! Decimal places are only taken where every number of the property comes back bit for bit. Nothing
//! is ever rounded.

use pco::{
    ChunkConfig,
    data_types::Number,
    wrapped::{FileCompressor, FileDecompressor},
};
use std::collections::HashMap;

/// The version that is written.
pub(crate) const VERSION: i64 = 1;

/// The most moments of a chunk: whoever reads one reserves memory for no more.
pub(crate) const MOST: usize = 1 << 16;

/// Decimal places that are tried.
const PLACES: u8 = 9;

/// Integers up to here are exact as floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a sample says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    /// Not known from here on.
    Unknown,
    /// A number, or a truth as 1 and 0.
    Number(f64),
    /// A word or a text.
    Text(String),
}

/// Samples of one property, in order of time, each moment once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) property: i64,
    pub(crate) rows: Vec<Row>,
}

/// A sample of a property.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// When, in microseconds of house time.
    pub(crate) at: i64,
    pub(crate) datum: Datum,
}

/// The two columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) times: Vec<u8>,
    pub(crate) readings: Vec<u8>,
}

/// Why bytes are no samples.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fault(pub(crate) String);

impl From<pco::errors::PcoError> for Fault {
    fn from(error: pco::errors::PcoError) -> Self {
        Self(error.to_string())
    }
}

fn fault(text: &str) -> Fault {
    Fault(text.to_owned())
}

/// Samples as columns.
pub(crate) fn encode(series: &[Series]) -> Result<Columns, Fault> {
    let ordered = |series: &Series| series.rows.is_sorted_by(|one, next| one.at < next.at);
    if !series.iter().all(ordered) {
        return Err(fault("the samples are not in order of time"));
    }
    let all = series.iter().flat_map(|series| &series.rows);
    let mut moments: Vec<i64> = all.map(|row| row.at).collect();
    moments.sort_unstable();
    moments.dedup();
    if moments.is_empty() || moments.len() > MOST {
        return Err(fault("a chunk has 1 to 65,536 moments"));
    }
    let mut times = Vec::new();
    write_varint(moments.len() as u64, &mut times);
    times.extend_from_slice(&section(&moments)?);
    let mut readings = Vec::new();
    write_varint(series.len() as u64, &mut readings);
    for Series { property, rows } in series {
        let mut body = Vec::new();
        write_varint(rows.len() as u64, &mut body);
        write_positions(rows, &moments, &mut body)?;
        write_classes(rows, &mut body);
        let numbers: Vec<f64> = rows.iter().filter_map(Row::number).collect();
        if !numbers.is_empty() {
            write_numbers(&numbers, &mut body)?;
        }
        let texts: Vec<&str> = rows.iter().filter_map(Row::text).collect();
        if !texts.is_empty() {
            write_texts(&texts, &mut body)?;
        }
        let property = u64::try_from(*property).map_err(|error| Fault(error.to_string()))?;
        write_varint(property, &mut readings);
        write_varint(body.len() as u64, &mut readings);
        readings.extend_from_slice(&body);
    }
    Ok(Columns { times, readings })
}

/// The samples behind columns: of one property, or of all.
pub(crate) fn decode(
    times: &[u8],
    readings: &[u8],
    wanted: Option<i64>,
) -> Result<Vec<Series>, Fault> {
    let (mut times, mut readings) = (times, readings);
    let count = read_length(&mut times)?;
    if count == 0 || count > MOST {
        return Err(fault("a chunk has 1 to 65,536 moments"));
    }
    let moments: Vec<i64> = from_section(times, count)?;
    if !moments.is_sorted_by(|one, next| one < next) {
        return Err(fault("its moments are not in order"));
    }
    let mut all = Vec::new();
    for _ in 0..read_length(&mut readings)? {
        let property = read_varint(&mut readings)?;
        let property = i64::try_from(property).map_err(|error| Fault(error.to_string()))?;
        let body = read_slice(&mut readings)?;
        if wanted.is_none_or(|wanted| wanted == property) {
            let rows = read_rows(body, &moments)?;
            all.push(Series { property, rows });
        }
    }
    if readings.is_empty() {
        Ok(all)
    } else {
        Err(fault("something follows the last property"))
    }
}

fn read_rows(mut body: &[u8], moments: &[i64]) -> Result<Vec<Row>, Fault> {
    let count = read_length(&mut body)?;
    if count == 0 || count > moments.len() {
        return Err(fault("it has more samples than moments, or none"));
    }
    let positions = read_positions(&mut body, count, moments.len())?;
    let classes = read_classes(&mut body, count)?;
    let has = |class| classes.iter().filter(|other| **other == class).count();
    let mut numbers = read_numbers(&mut body, has(NUMBER))?.into_iter();
    let mut texts = read_texts(&mut body, has(TEXT))?.into_iter();
    if !body.is_empty() {
        return Err(fault("something follows the last reading"));
    }
    let short = || fault("there are fewer readings than samples");
    let row = |(position, class): (usize, u8)| {
        let datum = match class {
            NUMBER => Datum::Number(numbers.next().ok_or_else(short)?),
            TEXT => Datum::Text(texts.next().ok_or_else(short)?),
            _ => Datum::Unknown,
        };
        let at = *moments.get(position).ok_or_else(short)?;
        Ok(Row { at, datum })
    };
    positions.into_iter().zip(classes).map(row).collect()
}

/// How positions stand.
const ALL: u8 = 0;
const BITS: u8 = 1;
const INDICES: u8 = 2;

/// At which of the moments there are samples.
fn write_positions(rows: &[Row], moments: &[i64], out: &mut Vec<u8>) -> Result<(), Fault> {
    if rows.len() == moments.len() {
        out.push(ALL);
        return Ok(());
    }
    let mut bits = vec![0_u8; moments.len().div_ceil(8)];
    let mut indices = Vec::with_capacity(rows.len());
    for row in rows {
        let missing = |_| fault("a moment is missing");
        let index = moments.binary_search(&row.at).map_err(missing)?;
        bits[index / 8] |= 1 << (index % 8);
        indices.push(u32::try_from(index).unwrap_or(u32::MAX));
    }
    let indices = section(&indices)?;
    if bits.len() <= indices.len() {
        out.push(BITS);
        out.extend_from_slice(&bits);
    } else {
        out.push(INDICES);
        write_varint(indices.len() as u64, out);
        out.extend_from_slice(&indices);
    }
    Ok(())
}

fn read_positions(bytes: &mut &[u8], count: usize, moments: usize) -> Result<Vec<usize>, Fault> {
    let positions: Vec<usize> = match read_byte(bytes)? {
        ALL => (0..moments).collect(),
        BITS => {
            let (bits, rest) = bytes
                .split_at_checked(moments.div_ceil(8))
                .ok_or_else(|| fault("it ends too early"))?;
            *bytes = rest;
            let is_set = |index: &usize| bits[index / 8] >> (index % 8) & 1 == 1;
            (0..moments).filter(is_set).collect()
        }
        INDICES => {
            let indices: Vec<u32> = read_section(bytes, count)?;
            let index = |index| usize::try_from(index).unwrap_or(usize::MAX);
            indices.into_iter().map(index).collect()
        }
        _ => return Err(fault("its moments stand in an unknown way")),
    };
    if positions.len() == count && positions.is_sorted_by(|one, next| one < next) {
        Ok(positions)
    } else {
        Err(fault("its moments are not as it says"))
    }
}

impl Row {
    const fn class(&self) -> u8 {
        match self.datum {
            Datum::Unknown => UNKNOWN,
            Datum::Number(_) => NUMBER,
            Datum::Text(_) => TEXT,
        }
    }

    const fn number(&self) -> Option<f64> {
        match self.datum {
            Datum::Number(number) => Some(number),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match &self.datum {
            Datum::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether both are the same to the last bit.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.at == other.at
            && match (&self.datum, &other.datum) {
                (Datum::Number(one), Datum::Number(two)) => one.to_bits() == two.to_bits(),
                (one, two) => one == two,
            }
    }
}

const UNKNOWN: u8 = 0;
const NUMBER: u8 = 1;
const TEXT: u8 = 2;

fn write_classes(rows: &[Row], out: &mut Vec<u8>) {
    let runs: Vec<(u64, u8)> = rows
        .chunk_by(|one, next| one.class() == next.class())
        .map(|run| (run.len() as u64, run[0].class()))
        .collect();
    write_varint(runs.len() as u64, out);
    for (length, class) in runs {
        write_varint(length << 2 | u64::from(class), out);
    }
}

fn read_classes(bytes: &mut &[u8], count: usize) -> Result<Vec<u8>, Fault> {
    let mut classes = Vec::with_capacity(count);
    for _ in 0..read_length(bytes)? {
        let run = read_length(bytes)?;
        let class = u8::try_from(run & 3).unwrap_or(u8::MAX);
        if class > TEXT || run >> 2 > count - classes.len() {
            return Err(fault("a run of readings is not as it should be"));
        }
        classes.resize(classes.len() + (run >> 2), class);
    }
    if classes.len() == count {
        Ok(classes)
    } else {
        Err(fault("there are fewer readings than samples"))
    }
}

/// How numbers stand.
const SAME: u8 = 0;
const DECIMAL: u8 = 1;
const FLOAT: u8 = 2;

fn write_numbers(numbers: &[f64], out: &mut Vec<u8>) -> Result<(), Fault> {
    let first = numbers[0].to_bits();
    if numbers.iter().all(|number| number.to_bits() == first) {
        out.push(SAME);
        out.extend_from_slice(&first.to_le_bytes());
        return Ok(());
    }
    match (0..=PLACES).find_map(|places| Some((places, decimals(numbers, places)?))) {
        Some((places, integers)) => {
            out.extend_from_slice(&[DECIMAL, places]);
            write_section(&integers, out)
        }
        None => {
            out.push(FLOAT);
            write_section(numbers, out)
        }
    }
}

/// The numbers as integers of so many decimal places, where that loses no bit of any.
fn decimals(numbers: &[f64], places: u8) -> Option<Vec<i64>> {
    let scale = 10_f64.powi(i32::from(places));
    let integer = |number: &f64| {
        let scaled = (number * scale).round();
        if !(-EXACT..=EXACT).contains(&scaled) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        let integer = scaled as i64;
        (from_decimal(integer, scale).to_bits() == number.to_bits()).then_some(integer)
    };
    numbers.iter().map(integer).collect()
}

#[expect(clippy::cast_precision_loss, reason = "it is exact up to 2^53")]
fn from_decimal(integer: i64, scale: f64) -> f64 {
    integer as f64 / scale
}

fn read_numbers(bytes: &mut &[u8], count: usize) -> Result<Vec<f64>, Fault> {
    if count == 0 {
        return Ok(Vec::new());
    }
    match read_byte(bytes)? {
        SAME => {
            let (same, rest) = bytes
                .split_first_chunk()
                .ok_or_else(|| fault("it ends within a number"))?;
            *bytes = rest;
            Ok(vec![f64::from_le_bytes(*same); count])
        }
        DECIMAL => {
            let places = read_byte(bytes)?;
            if places > PLACES {
                return Err(fault("it has too many decimal places"));
            }
            let scale = 10_f64.powi(i32::from(places));
            let integers: Vec<i64> = read_section(bytes, count)?;
            Ok(integers
                .into_iter()
                .map(|integer| from_decimal(integer, scale))
                .collect())
        }
        FLOAT => read_section(bytes, count),
        _ => Err(fault("its numbers stand in an unknown way")),
    }
}

fn write_texts(texts: &[&str], out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut different = Vec::new();
    let mut indices = Vec::with_capacity(texts.len());
    for text in texts {
        let next = u32::try_from(different.len()).unwrap_or(u32::MAX);
        let index = *known.entry(text).or_insert_with(|| {
            different.push(*text);
            next
        });
        indices.push(index);
    }
    write_varint(different.len() as u64, out);
    for text in &different {
        write_varint(text.len() as u64, out);
        out.extend_from_slice(text.as_bytes());
    }
    if different.len() > 1 {
        write_section(&indices, out)?;
    }
    Ok(())
}

fn read_texts(bytes: &mut &[u8], count: usize) -> Result<Vec<String>, Fault> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut different = Vec::new();
    for _ in 0..read_length(bytes)? {
        let text = read_slice(bytes)?;
        let text = std::str::from_utf8(text).map_err(|error| Fault(error.to_string()))?;
        different.push(text);
    }
    let indices: Vec<u32> = if different.len() > 1 {
        read_section(bytes, count)?
    } else {
        vec![0; count]
    };
    let text = |index: &u32| {
        let text = different.get(usize::try_from(*index).unwrap_or(usize::MAX));
        text.map(|text| (*text).to_owned())
            .ok_or_else(|| fault("it names a text that it does not have"))
    };
    indices.iter().map(text).collect()
}

fn section<T: Number>(numbers: &[T]) -> Result<Vec<u8>, Fault> {
    let config = ChunkConfig::default();
    let file = FileCompressor::default();
    let mut chunk = file.chunk_compressor(numbers, &config)?;
    let out = file.write_header(Vec::new())?;
    let out = chunk.write_meta(out)?;
    Ok(chunk.write_page(0, out)?)
}

fn from_section<T: Number + Default>(bytes: &[u8], count: usize) -> Result<Vec<T>, Fault> {
    let (file, bytes) = FileDecompressor::new(bytes)?;
    let (mut chunk, bytes) = file.chunk_decompressor::<T, _>(bytes)?;
    let mut numbers = vec![T::default(); count];
    let mut page = chunk.page_decompressor(bytes, count)?;
    let progress = page.read(&mut numbers)?;
    if progress.n_processed == count && page.into_src().is_empty() {
        Ok(numbers)
    } else {
        Err(fault("it has another number of samples than it says"))
    }
}

fn write_section<T: Number>(numbers: &[T], out: &mut Vec<u8>) -> Result<(), Fault> {
    let bytes = section(numbers)?;
    write_varint(bytes.len() as u64, out);
    out.extend_from_slice(&bytes);
    Ok(())
}

fn read_section<T: Number + Default>(bytes: &mut &[u8], count: usize) -> Result<Vec<T>, Fault> {
    from_section(read_slice(bytes)?, count)
}

fn write_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_byte(bytes: &mut &[u8]) -> Result<u8, Fault> {
    let (byte, rest) = bytes
        .split_first()
        .ok_or_else(|| fault("it ends too early"))?;
    *bytes = rest;
    Ok(*byte)
}

fn read_varint(bytes: &mut &[u8]) -> Result<u64, Fault> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let byte = read_byte(bytes)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(fault("a number is too large"))
}

/// A varint; more than 2^28 is none of ours.
fn read_length(bytes: &mut &[u8]) -> Result<usize, Fault> {
    match read_varint(bytes)? {
        number if number < 1 << 28 => {
            usize::try_from(number).map_err(|error| Fault(error.to_string()))
        }
        _ => Err(fault("a length is too large")),
    }
}

fn read_slice<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], Fault> {
    let length = read_length(bytes)?;
    let (slice, rest) = bytes
        .split_at_checked(length)
        .ok_or_else(|| fault("it ends too early"))?;
    *bytes = rest;
    Ok(slice)
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
