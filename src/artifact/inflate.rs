//! Decompression of DEFLATE data within a budget: gzip, zlib and the entries of zip archives.
//!
//! <https://www.rfc-editor.org/rfc/rfc1951>, <https://www.rfc-editor.org/rfc/rfc1952>. Building the code tables
//! of a block takes 6 µs, and a block may have 12 bytes and no content, so blocks are counted too. That is why
//! this uses miniz_oxide and not flate2, which does not report them. Checksums are not compared.

use std::io::{self, ErrorKind, Read};

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_IGNORE_ADLER32, TINFL_FLAG_PARSE_ZLIB_HEADER,
    TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::budget::Budget;

/// Steps for a block.
const BLOCK: u64 = 500;
/// Steps for a member of gzip data, in addition to those for its blocks.
const MEMBER: u64 = 1000;
/// Bytes of the window that matches refer to. The format sets this limit.
const WINDOW_BYTES: usize = 32 << 10;
/// Bytes of input to read at once.
const INPUT_BYTES: usize = 8 << 10;

/// Bytes of the file name or comment in the header of gzip.
const MAX_NAME_BYTES: usize = 64 << 10;

/// Decompresses a reader.
pub(super) struct Inflate<R> {
    source: R,
    state: Box<DecompressorOxide>,
    budget: Budget,
    flags: u32,
    input: Input,
    window: Vec<u8>,
    /// Decompressed bytes that were not yet returned are between these places in the window.
    returned: usize,
    filled: usize,
    is_gzip: bool,
    has_ended: bool,
}

/// Compressed data that was read and not yet used.
struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    is_last: bool,
}

impl<R: Read> Inflate<R> {
    /// Decompresses data without a header.
    pub(super) fn new(source: R, budget: &Budget) -> Self {
        Self::with_flags(source, budget, 0)
    }

    /// Decompresses data with the header of zlib.
    pub(super) fn zlib(source: R, budget: &Budget) -> Self {
        Self::with_flags(source, budget, TINFL_FLAG_PARSE_ZLIB_HEADER)
    }

    /// Decompresses the members of gzip data, one after the other. Fails if it does not begin with a header.
    pub(super) fn gzip(mut source: R, budget: &Budget) -> io::Result<Self> {
        skip_gzip_header(&mut source)?;
        Ok(Self { is_gzip: true, ..Self::new(source, budget) })
    }

    fn with_flags(source: R, budget: &Budget, flags: u32) -> Self {
        Self {
            source,
            state: Box::default(),
            budget: budget.clone(),
            flags: flags | TINFL_FLAG_IGNORE_ADLER32 | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY,
            input: Input { bytes: vec![0; INPUT_BYTES], start: 0, end: 0, is_last: false },
            window: vec![0; WINDOW_BYTES],
            returned: 0,
            filled: 0,
            is_gzip: false,
            has_ended: false,
        }
    }

    /// Decompresses until there is something to return, or the data ends.
    fn advance(&mut self) -> io::Result<()> {
        while self.returned == self.filled && !self.has_ended {
            self.input.refill(&mut self.source)?;
            let more = if self.input.is_last { 0 } else { TINFL_FLAG_HAS_MORE_INPUT };
            let start = self.filled % WINDOW_BYTES;
            let input = &self.input.bytes[self.input.start..self.input.end];
            let (status, used, produced) =
                decompress(&mut self.state, input, &mut self.window, start, self.flags | more);
            self.input.start += used;
            (self.returned, self.filled) = (start, start + produced);
            self.budget.spend_io((used + produced) as u64)?;
            match status {
                TINFLStatus::Done => self.has_ended = !self.is_gzip || !self.begin_member()?,
                TINFLStatus::BlockBoundary => self.budget.spend_io(BLOCK)?,
                TINFLStatus::HasMoreOutput => {}
                TINFLStatus::NeedsMoreInput if !self.input.is_last => {}
                TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => {
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, "incomplete deflate stream"));
                }
                _ => return Err(io::Error::new(ErrorKind::InvalidData, "corrupt deflate stream")),
            }
        }
        Ok(())
    }
}

impl<R: Read> Inflate<R> {
    /// Skips the end of a member of gzip data and the header of the next. `false` if something else follows, which
    /// gzip ignores too.
    fn begin_member(&mut self) -> io::Result<bool> {
        self.budget.spend_io(MEMBER)?;
        let mut rest = Rest { input: &mut self.input, source: &mut self.source };
        if array::<8>(&mut rest).and_then(|_checksum_and_size| skip_gzip_header(&mut rest)).is_err() {
            return Ok(false);
        }
        self.state.init();
        Ok(true)
    }
}

/// The input that was not used yet, then the source.
struct Rest<'a, R> {
    input: &'a mut Input,
    source: &'a mut R,
}

impl<R: Read> Read for Rest<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.input.refill(self.source)?;
        let count = bytes.len().min(self.input.end - self.input.start);
        bytes[..count].copy_from_slice(&self.input.bytes[self.input.start..self.input.start + count]);
        self.input.start += count;
        Ok(count)
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.advance()?;
        let count = bytes.len().min(self.filled - self.returned);
        bytes[..count].copy_from_slice(&self.window[self.returned..self.returned + count]);
        self.returned += count;
        Ok(count)
    }
}

impl Input {
    /// Reads more if everything was used.
    fn refill(&mut self, source: &mut impl Read) -> io::Result<()> {
        if self.start < self.end || self.is_last {
            return Ok(());
        }
        self.end = source.read(&mut self.bytes)?;
        self.start = 0;
        self.is_last = self.end == 0;
        Ok(())
    }
}

fn skip_gzip_header(source: &mut impl Read) -> io::Result<()> {
    const CHECKSUM: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let header: [u8; 10] = array(source)?;
    if header[..3] != [0x1f, 0x8b, 8] {
        return Err(io::Error::new(ErrorKind::InvalidData, "invalid gzip header"));
    }
    let flags = header[3];
    if flags & EXTRA != 0 {
        let length = u16::from_le_bytes(array(source)?);
        io::copy(&mut source.take(length.into()), &mut io::sink())?;
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            skip_string(source)?;
        }
    }
    if flags & CHECKSUM != 0 {
        array::<2>(source)?;
    }
    Ok(())
}

/// Reads up to a NUL.
fn skip_string(source: &mut impl Read) -> io::Result<()> {
    for _ in 0..MAX_NAME_BYTES {
        if array(source)? == [0] {
            return Ok(());
        }
    }
    Err(io::Error::new(ErrorKind::InvalidData, "invalid gzip header"))
}

fn array<const N: usize>(source: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder, write};

    use super::*;

    /// A megabyte that compresses to blocks of several kinds.
    fn content() -> Vec<u8> {
        let random = (0..1u32 << 20).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8);
        random.enumerate().map(|(at, byte)| if at / 70_000 % 2 == 0 { byte } else { b'a' }).collect()
    }

    fn decompressed(mut reader: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn each_container_is_decompressed() {
        let (content, budget) = (content(), Budget::new());
        for level in [Compression::none(), Compression::fast(), Compression::best()] {
            let mut raw = write::DeflateEncoder::new(Vec::new(), level);
            raw.write_all(&content).unwrap();
            assert!(decompressed(Inflate::new(&raw.finish().unwrap()[..], &budget)) == content);
            let mut zlib = write::ZlibEncoder::new(Vec::new(), level);
            zlib.write_all(&content).unwrap();
            assert!(decompressed(Inflate::zlib(&zlib.finish().unwrap()[..], &budget)) == content);
            let header = GzBuilder::new().filename("name").comment("comment").extra([7; 300]);
            let mut gzip = header.write(Vec::new(), level);
            gzip.write_all(&content).unwrap();
            assert!(decompressed(Inflate::gzip(&gzip.finish().unwrap()[..], &budget).unwrap()) == content);
        }
    }

    #[test]
    fn members_of_gzip_data_follow_each_other() {
        let (content, mut bytes) = (content(), Vec::new());
        for part in [&content[..5], &content[5..], b""] {
            let mut gzip = GzBuilder::new().filename("part").write(Vec::new(), Compression::fast());
            gzip.write_all(part).unwrap();
            bytes.extend(gzip.finish().unwrap());
        }
        bytes.extend(b"garbage at the end");
        assert!(decompressed(Inflate::gzip(&bytes[..], &Budget::new()).unwrap()) == content);
    }

    #[test]
    fn incomplete_and_corrupt_data_is_an_error() {
        let mut encoder = write::DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&content()).unwrap();
        let bytes = encoder.finish().unwrap();
        let read = |bytes: &[u8]| {
            Inflate::new(bytes, &Budget::new()).read_to_end(&mut Vec::new()).map_err(|error| error.kind())
        };
        assert_eq!(read(&bytes[..bytes.len() - 1]), Err(ErrorKind::UnexpectedEof));
        assert_eq!(read(b""), Err(ErrorKind::UnexpectedEof));
        assert_eq!(read(&[0xff; 100]), Err(ErrorKind::InvalidData));
    }

    #[test]
    fn empty_blocks_use_the_budget_up() {
        let budget = Budget::new();
        let mut reader = Inflate::new(io::repeat(0b10).take(100 << 20), &budget);
        assert!(reader.read_to_end(&mut Vec::new()).is_err() && budget.is_used_up());
    }
}
