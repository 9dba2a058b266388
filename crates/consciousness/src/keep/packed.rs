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
