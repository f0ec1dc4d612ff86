//! Headers that people pass: one each, or a saved message.

use thiserror::Error;

/// Why a header or a message cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MessageError {
    /// A header without a colon, or with an invalid name.
    #[error("`{0}` is not a header; expected `Name: value`")]
    NotAHeader(String),
    /// A line of a message that is no header.
    #[error("line {0} is not a header; expected `Name: value`, and an empty line before the body")]
    BadLine(usize),
}

/// A header as `Name: value`.
pub fn parse_header(text: &str) -> Result<(String, String), MessageError> {
    split(text).ok_or_else(|| MessageError::NotAHeader(text.trim().to_owned()))
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
/// (`POST /hooks HTTP/1.1`, or an address alone) or of a response, as `curl -i` and HTTP files have it.
pub fn read_message(bytes: &[u8]) -> Result<SavedMessage<'_>, MessageError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut rest = bytes;
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
            if headers.is_empty() || rest.starts_with(b"HTTP/") {
                headers.clear();
                continue;
            }
            return Ok(SavedMessage { headers, body: Some(rest) });
        }
        // HTTP files separate requests by `###` and have comments.
        let is_comment = line.starts_with('#') || line.starts_with("//");
        if is_comment || headers.is_empty() && is_start_line(line) {
            continue;
        }
        headers.push(split(line).ok_or(MessageError::BadLine(number))?);
    }
    Ok(SavedMessage { headers, body: None })
}

/// `HTTP/1.1 200 OK`, `POST /hooks HTTP/1.1`, `POST https://lab.example/hooks` or an address.
fn is_start_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let is_method = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_uppercase());
    first.starts_with("HTTP/") || first.contains("://") || is_method && words.next().is_some()
}

fn split(line: &str) -> Option<(String, String)> {
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
        assert_eq!(names("https://lab.example\nA: 1"), (a, None));
        assert_eq!(names("A: b:c"), (vec!["A=b:c".to_owned()], None));
        assert_eq!(read_message(b"A: 1\nnothing\n"), Err(MessageError::BadLine(2)));
        assert!(parse_header("nothing").is_err());
        assert!(parse_header("a b: c").is_err());
    }
}
