//! MD5 and SHA-256 under one trait.

use fast_md5::Md5;
use sha2::{Digest as _, Sha256};

/// A digest of bytes that come in pieces.
pub(super) trait Hasher: Send + Sized {
    fn start() -> Self;
    fn add(&mut self, bytes: &[u8]);
    fn end(self) -> Vec<u8>;

    fn digest_of(bytes: &[u8]) -> Vec<u8> {
        let mut hasher = Self::start();
        hasher.add(bytes);
        hasher.end()
    }
}

impl Hasher for Md5 {
    fn start() -> Self {
        Self::new()
    }

    fn add(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }

    fn end(self) -> Vec<u8> {
        self.finalize().to_vec()
    }
}

impl Hasher for Sha256 {
    fn start() -> Self {
        Self::new()
    }

    fn add(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }

    fn end(self) -> Vec<u8> {
        self.finalize().to_vec()
    }
}
