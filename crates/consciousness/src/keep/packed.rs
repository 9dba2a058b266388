//! Documents on the disk: packed or not, never faster than the disk takes them.

use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use store::portable::BackupFault;

/// How hard zstd tries: quick, and half the size of what is left after the samples' own packing.
const LEVEL: i32 = 3;

/// The largest window that is unpacked, as a power of two: what packs here needs 2 MiB, and a document
/// from elsewhere must not take more memory than 8.
const WINDOW: u32 = 23;

/// After so many bytes they are sent to the disk. All at once at the end would hold up the server's
/// own commits.
const AT_ONCE: usize = 4 * 1024 * 1024;

const BUFFER: usize = 256 * 1024;

/// How a zstd frame begins.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A file that is written piece by piece, with its checksum.
pub(super) struct Paced {
    file: File,
    hash: Sha256,
    bytes: u64,
    unsent: usize,
}

impl Paced {
    /// Makes a new file that only its owner reads.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let file = File::options()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self {
            file,
            hash: Sha256::new(),
            bytes: 0,
            unsent: 0,
        })
    }

    /// Its checksum and its size, once the disk has it.
    pub(super) fn finish(self) -> io::Result<(String, u64)> {
        self.file.sync_all()?;
        Ok((
            super::folder::hexadecimal(&self.hash.finalize()),
            self.bytes,
        ))
    }
}

impl Write for Paced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += u64::try_from(written).unwrap_or(0);
        self.unsent += written;
        if self.unsent >= AT_ONCE {
            self.file.sync_data()?;
            self.unsent = 0;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A document that is being written.
pub(super) enum Output {
    Plain(BufWriter<Paced>),
    Packed(Box<BufWriter<zstd::stream::write::Encoder<'static, Paced>>>),
}

impl Output {
    pub(super) fn new(file: Paced, compress: bool) -> io::Result<Self> {
        if !compress {
            return Ok(Self::Plain(BufWriter::with_capacity(BUFFER, file)));
        }
        let mut encoder = zstd::stream::write::Encoder::new(file, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self::Packed(Box::new(BufWriter::with_capacity(
            BUFFER, encoder,
        ))))
    }

    /// Its checksum and its size, once the disk has it.
    pub(super) fn finish(self) -> io::Result<(String, u64)> {
        let file = match self {
            Self::Plain(out) => out.into_inner().map_err(io::IntoInnerError::into_error)?,
            Self::Packed(out) => {
                let encoder = out.into_inner().map_err(io::IntoInnerError::into_error)?;
                encoder.finish()?
            }
        };
        file.finish()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Packed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Packed(out) => out.flush(),
        }
    }
}

/// Opens a document for reading, packed or not: what it is is seen by how it begins.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, BackupFault> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
    let is_packed = file.fill_buf()?.starts_with(&ZSTD);
    if !is_packed {
        return Ok(Box::new(file));
    }
    let mut decoder = zstd::stream::read::Decoder::with_buffer(file)?;
    decoder.window_log_max(WINDOW)?;
    Ok(Box::new(BufReader::with_capacity(
        BUFFER,
        Unpacked(decoder),
    )))
}

/// What unpacking says is wrong is damage, and no fault of the disk.
struct Unpacked<R>(R);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0
            .read(buffer)
            .map_err(|error| match error.raw_os_error() {
                Some(_) => error,
                None => io::Error::new(io::ErrorKind::InvalidData, error),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{Output, Paced, open};
    use std::path::Path;
    use store::portable::{BackupFault, Cell, Column, Head, Kind, Reader, Summary, Writer};

    fn read(file: &Path) -> Result<Summary, BackupFault> {
        let mut reader = Reader::new(open(file)?)?;
        while reader.table()?.is_some() {
            while reader.row()?.is_some() {}
        }
        reader.finish()
    }

    #[test]
    fn a_packed_document_comes_out_as_it_went_in_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.json.zst");
        let head = Head {
            format: "consciousness-backup".into(),
            format_version: 1,
            product_version: "1".into(),
            schema_version: 1,
            house: "h".into(),
            created_at: "now".into(),
            chunk_codec: 1,
            left_out: Vec::new(),
        };
        let out = Output::new(Paced::create(&file).unwrap(), true).unwrap();
        let mut writer = Writer::new(out, &head).unwrap();
        let column = Column {
            name: "n".into(),
            kind: Kind::Integer,
        };
        writer.table("t", &[column]).unwrap();
        for n in 0..200 {
            writer.row(&[Cell::Integer(n * n)]).unwrap();
        }
        writer.end_table().unwrap();
        let (out, summary) = writer.finish().unwrap();
        let (sha256, bytes) = out.finish().unwrap();
        let good = std::fs::read(&file).unwrap();
        assert_eq!(bytes, good.len() as u64);
        assert_eq!(sha256, super::super::folder::sha256(&file).unwrap());
        assert_eq!(read(&file).unwrap(), summary);
        // One bit turned: it is refused, or it was one that says nothing.
        let other = folder.path().join("other.json.zst");
        let mut refused = 0;
        for place in 0..good.len() {
            let mut turned = good.clone();
            turned[place] ^= 1 << (place % 8);
            std::fs::write(&other, &turned).unwrap();
            match read(&other) {
                Ok(found) => assert_eq!(found, summary, "byte {place}"),
                Err(fault) => {
                    assert!(fault.is_of_the_document(), "byte {place}: {fault:?}");
                    refused += 1;
                }
            }
        }
        assert!(refused > good.len() * 9 / 10, "{refused} of {}", good.len());
        for length in 0..good.len() {
            std::fs::write(&other, &good[..length]).unwrap();
            assert!(read(&other).is_err(), "cut at {length}");
        }
        // Something that follows.
        std::fs::write(&other, [&good[..], b"more"].concat()).unwrap();
        assert!(read(&other).is_err());
    }
}
