//! Reads requests.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::budget::{Budget, SMALL_BODY_BYTES};
use super::{MAX_BODY_BYTES, Received};

/// Largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// Largest number of headers.
const MAX_HEADERS: usize = 100;
/// How long a head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a whole request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest line of a chunked body, in bytes.
const MAX_CHUNK_LINE_BYTES: usize = 1024;

/// Why a request cannot be read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The client connected and left.
    Empty,
    /// The client gets this status, and people this reason.
    Refused(u16, &'static str),
    /// The connection failed.
    Broken(&'static str),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Self::Refused(408, "the request took too long")
            }
            _ => Self::Broken("the connection was closed before the request ended"),
        }
    }
}

/// A connection, and what was read from it ahead.
struct Input<'a> {
    stream: &'a TcpStream,
    buffer: Vec<u8>,
    deadline: Instant,
}

impl Input<'_> {
    /// Reads more bytes into the buffer. Fails at the end of the stream, and at the deadline.
    fn fill(&mut self) -> Result<(), ReadError> {
        let mut chunk = [0; 16 << 10];
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        if remaining < Duration::from_millis(1) {
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        }
        self.stream.set_read_timeout(Some(remaining))?;
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(count) => {
                self.buffer.extend_from_slice(&chunk[..count]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves bytes to `body`.
    fn read_exactly(&mut self, count: usize, body: &mut Vec<u8>) -> Result<(), ReadError> {
        let mut missing = count;
        while missing > 0 {
            if self.buffer.is_empty() {
                self.fill()?;
            }
            let taken = missing.min(self.buffer.len());
            body.extend(self.buffer.drain(..taken));
            missing -= taken;
        }
        Ok(())
    }

    /// Removes a line and its end.
    fn line(&mut self) -> Result<String, ReadError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.buffer.len() > MAX_CHUNK_LINE_BYTES {
                return Err(ReadError::Refused(400, "a line of the chunked body is too long"));
            }
            self.fill()?;
        }
    }
}

/// How the length of a body is given.
enum Length {
    Known(usize),
    Chunked,
}

/// Reads one request.
pub(super) fn read(stream: &TcpStream, budget: &Budget) -> Result<Received, ReadError> {
    let start = Instant::now();
    let mut input = Input { stream, buffer: Vec::new(), deadline: start + HEAD_TIMEOUT };
    let mut request = loop {
        let is_empty = input.buffer.is_empty();
        input.fill().map_err(|error| match error {
            ReadError::Broken(_) if is_empty => ReadError::Empty,
            other => other,
        })?;
        let head = parse(&input.buffer)?;
        if head.as_ref().map_or(input.buffer.len(), |(_, length)| *length) > MAX_HEAD_BYTES {
            return Err(ReadError::Refused(431, "the headers are larger than 64 KiB"));
        }
        if let Some((request, length)) = head {
            input.buffer.drain(..length);
            break request;
        }
    };
    input.deadline = start + REQUEST_TIMEOUT;
    let length = length(&request)?;
    if let Length::Known(bytes) = length {
        reserve(&mut request, bytes, budget, input.deadline)?;
    }
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    match length {
        Length::Known(bytes) => input.read_exactly(bytes, &mut request.body)?,
        Length::Chunked => read_chunks(&mut input, &mut request, budget)?,
    }
    request.shrink_body(MAX_BODY_BYTES);
    Ok(request)
}

/// Takes the memory for a whole body at once. Bodies that took more as they grow would wait for each other, and moving one takes up to
/// three times its size; memory that is not written to costs nothing.
fn reserve(
    request: &mut Received,
    bytes: usize,
    budget: &Budget,
    deadline: Instant,
) -> Result<(), ReadError> {
    if bytes > MAX_BODY_BYTES {
        return Err(ReadError::Refused(413, "the body is larger than 25 MiB"));
    }
    let share = budget.share(bytes, deadline);
    request.share = share.ok_or(ReadError::Refused(503, "too many large bodies at once"))?;
    request.body.reserve_exact(bytes.saturating_sub(request.body.len()));
    Ok(())
}

/// Parses the head of a request; returns it with its length. `None` if it is incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(Received, usize)>, ReadError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(ReadError::Refused(431, "more than 100 headers")),
        Err(_) if bytes.starts_with(b"\x16\x03") => {
            return Err(ReadError::Broken("the sender uses TLS; send to http://, not https://"));
        }
        Err(_) => return Err(ReadError::Refused(400, "no valid HTTP request")),
    };
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let headers = head.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    let request = Received {
        method: head.method.unwrap_or_default().to_owned(),
        target: head.path.unwrap_or_default().to_owned(),
        headers,
        ..Received::default()
    };
    Ok(Some((request, length)))
}

fn length(request: &Received) -> Result<Length, ReadError> {
    let values = |name: &str| -> Vec<String> {
        let all = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        all.map(|(_, value)| value.trim().to_ascii_lowercase()).collect()
    };
    let (lengths, encodings) = (values("content-length"), values("transfer-encoding"));
    match (lengths.as_slice(), encodings.as_slice()) {
        ([], []) => Ok(Length::Known(0)),
        // More digits than memory has: too large, not invalid.
        ([length], []) if !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Length::Known(length.parse().unwrap_or(usize::MAX)))
        }
        ([], [encoding]) if encoding == "chunked" => Ok(Length::Chunked),
        _ => Err(ReadError::Refused(400, "the length of the body is not clear")),
    }
}

fn read_chunks(input: &mut Input, request: &mut Received, budget: &Budget) -> Result<(), ReadError> {
    loop {
        let line = input.line()?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let is_hex =
            !size.is_empty() && size.len() <= 16 && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = usize::from_str_radix(size, 16).ok().filter(|_| is_hex);
        let size = size.ok_or(ReadError::Refused(400, "the size of a chunk is not a number"))?;
        if size > MAX_BODY_BYTES - request.body.len() {
            return Err(ReadError::Refused(413, "the body is larger than 25 MiB"));
        }
        if size == 0 {
            // Trailers are ignored.
            for _ in 0..MAX_HEADERS {
                if input.line()?.is_empty() {
                    return Ok(());
                }
            }
            return Err(ReadError::Refused(400, "too many trailers"));
        }
        // Most are small.
        if request.body.len() + size > SMALL_BODY_BYTES && request.body.capacity() < MAX_BODY_BYTES {
            reserve(request, MAX_BODY_BYTES, budget, input.deadline)?;
        }
        input.read_exactly(size, &mut request.body)?;
        if !input.line()?.is_empty() {
            return Err(ReadError::Refused(400, "a chunk is longer than its size"));
        }
    }
}
