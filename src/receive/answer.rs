//! What the server answers.

use std::time::Duration;

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This status and body.
    Status(u16, Vec<u8>),
    /// The status 200, after a pause.
    Late(Duration),
    /// None: the connection is reset.
    Reset,
}

impl Answer {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self::Status(status, Vec::new())
    }
}

/// A response that ends its connection.
pub(super) fn response(status: u16, body: &[u8]) -> Vec<u8> {
    let reason = ureq::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let reason = reason.unwrap_or("Status");
    let mut response = format!(
        "HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    response.extend_from_slice(body);
    response
}
