//! Headers that people pass: one each, or a saved message.

use thiserror::Error;

/// Largest number of headers.
const MAX_HEADERS: usize = 1000;

/// Why the headers of a message cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadHeaders {
    /// The line with this number is no header.
    #[error("line {0} is not a header; expected `Name: value`, and an empty line before the body")]
    Line(usize),
    /// No request has so many.
    #[error(
        "more than {MAX_HEADERS} headers; expected those of one request, and an empty line before the body"
    )]
    TooMany,
}

/// A message in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SavedMessage<'a> {
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What follows the headers, if they are complete.
    pub body: Option<&'a [u8]>,
}

/// The headers of a saved message, and what follows their empty line, if there is one. The message may begin with the line of a request
/// (`POST /hooks HTTP/1.1`, or an address alone) or of a response, as `curl -i` and HTTP files have it. In HTTP files, `###` begins the
/// next request.
pub fn read_message(bytes: &[u8]) -> Result<SavedMessage<'_>, BadHeaders> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut rest = bytes;
    let (mut is_http_file, mut is_response) = (false, false);
    for number in 1.. {
        if rest.is_empty() {
            break;
        }
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.trim().is_empty() {
            // `curl -i` shows the headers of a proxy, or of `100 Continue`, before those of the answer.
            if headers.is_empty() || is_response && rest.starts_with(b"HTTP/") {
                headers.clear();
                continue;
            }
            let has_length = headers.iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("content-length") && value.parse() == Ok(rest.len())
            });
            let body = if is_http_file && !has_length { until_next_request(rest) } else { rest };
            return Ok(SavedMessage { headers, body: Some(body) });
        }
        // HTTP files separate requests by `###` and have comments.
        let is_comment = line.starts_with('#') || line.starts_with("//");
        is_http_file |= line.starts_with(SEPARATOR) || headers.is_empty() && is_request_line(line);
        is_response |= headers.is_empty() && line.starts_with("HTTP/");
        if is_comment || headers.is_empty() && is_start_line(line) {
            continue;
        }
        if headers.len() == MAX_HEADERS {
            return Err(BadHeaders::TooMany);
        }
        headers.push(parse_header(line).ok_or(BadHeaders::Line(number))?);
    }
    Ok(SavedMessage { headers, body: None })
}

/// What separates requests in HTTP files.
const SEPARATOR: &str = "###";

/// The body without a request that follows, and without the empty lines between them.
fn until_next_request(rest: &[u8]) -> &[u8] {
    let mut length = 0;
    for line in rest.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(SEPARATOR.as_bytes()) {
            let mut body = &rest[..length];
            while let Some(shorter) = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n"))
                && shorter.ends_with(b"\n")
            {
                body = shorter;
            }
            return body;
        }
        length += line.len();
    }
    rest
}

/// `HTTP/1.1 200 OK`, or the line of a request.
fn is_start_line(line: &str) -> bool {
    line.starts_with("HTTP/") || is_request_line(line)
}

/// `POST /hooks HTTP/1.1`, `POST https://lab.example/hooks` or an address.
fn is_request_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let is_method = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_uppercase());
    first.contains("://") || is_method && words.next().is_some()
}

/// A header as `Name: value`. `None` if it has no colon, or an invalid name.
pub fn parse_header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let name = name.trim();
    (!name.is_empty() && name.bytes().all(is_token)).then(|| (name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (Vec<String>, Option<String>) {
        let SavedMessage { headers, body } = read_message(text.as_bytes()).unwrap();
        let names = headers.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        (names, body.map(|body| String::from_utf8_lossy(body).into_owned()))
    }

    #[test]
    fn messages_are_read_in_the_forms_that_tools_write() {
        let a = vec!["A=1".to_owned()];
        assert_eq!(names("A: 1\n"), (a.clone(), None));
        assert_eq!(names("A: 1\r\n\r\n{}\n"), (a.clone(), Some("{}\n".to_owned())));
        assert_eq!(
            names("POST /hooks HTTP/1.1\r\na: 1\r\n\r\n"),
            (vec!["a=1".to_owned()], Some(String::new()))
        );
        assert_eq!(
            names("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\n\r\nx"),
            (a.clone(), Some("x".to_owned()))
        );
        assert_eq!(names("HTTP/1.1 200\nB: 2\n\nHTTP/2 200\nA: 1\n\nx"), (a.clone(), Some("x".to_owned())));
        assert_eq!(
            names("### a request\nPOST https://lab.example/hooks\n# comment\nA: 1\n\nx"),
            (a.clone(), Some("x".to_owned()))
        );
        let two = "POST https://lab.example\nA: 1\n\nx\n\n\n### another one\nGET /\n";
        assert_eq!(names(two), (a.clone(), Some("x\n".to_owned())));
        assert_eq!(names("### one\nA: 1\n\n###\n"), (a.clone(), Some(String::new())));
        assert_eq!(names("A: 1\n\n###\n"), (a.clone(), Some("###\n".to_owned())));
        let exact = "POST / HTTP/1.1\nContent-Length: 4\n\nx\n\n###";
        assert_eq!(names(exact).1, Some("x\n".to_owned()));
        assert_eq!(names(&exact.replace('4', "6")).1, Some("x\n\n###".to_owned()));
        assert_eq!(names("https://lab.example\nA: 1"), (a, None));
        assert_eq!(names("A: b:c"), (vec!["A=b:c".to_owned()], None));
        assert_eq!(
            names("POST / HTTP/1.1\nA: 1\n\nHTTP/1.1 200 OK\nB: 2\n\nx"),
            (vec!["A=1".to_owned()], Some("HTTP/1.1 200 OK\nB: 2\n\nx".to_owned()))
        );
        assert_eq!(read_message(b"A: 1\nnothing\n"), Err(BadHeaders::Line(2)));
        assert_eq!(names(&"A: b\n".repeat(1000)).0.len(), 1000);
        assert_eq!(read_message("A: b\n".repeat(1001).as_bytes()), Err(BadHeaders::TooMany));
        assert!(parse_header("nothing").is_none());
        assert!(parse_header("a b: c").is_none());
    }
}
