//! A received request.

use super::budget::Share;

/// A received request.
#[derive(Debug, Default)]
pub struct Received {
    /// The method, such as `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names and values, as they came.
    pub headers: Vec<(String, String)>,
    /// The exact body.
    pub body: Vec<u8>,
    /// The memory that the body takes from all requests'.
    pub(super) share: Share,
}

impl Received {
    /// A request that was received elsewhere.
    pub fn new(headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self { headers, body, ..Self::default() }
    }

    /// The request without headers and body, and without the memory that they take.
    #[must_use]
    pub fn without_content(self) -> Self {
        Self { method: self.method, target: self.target, ..Self::default() }
    }

    /// Removes what is behind the first `limit` bytes of the body, and returns the memory that it does not need.
    pub fn shrink_body(&mut self, limit: usize) {
        self.body.truncate(limit);
        self.body.shrink_to_fit();
        self.share.shrink(self.body.len());
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// The values of all headers with this name.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}
