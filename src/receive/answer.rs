//! Answers of the server.

use std::time::Duration;

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A response.
    Response(Response),
    /// The status 200, after a pause.
    Late(Duration),
    /// None: the connection is reset.
    Reset,
}

/// A response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names and values. Those about the connection and the length are added.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self::Response(Response { status, ..Response::default() })
    }

    /// A status with a plain body.
    pub(super) fn text(status: u16, text: &str) -> Self {
        let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
        Self::Response(Response { status, headers, body: text.into() })
    }
}

impl Response {
    /// A response that ends its connection.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Self { status, headers, body } = self;
        let reason =
            ureq::http::StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
        let reason = reason.unwrap_or("Status");
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }
}
