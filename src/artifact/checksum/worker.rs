//! A digest that is computed while the file is read.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Scope, ScopedJoinHandle};

use super::digest::Hasher;

/// A part of the file. Both digests read it, and the last to drop it returns it to be filled again.
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    pub(super) length: usize,
}

/// Where a digest is computed: in a thread, or here if the system starts none.
pub(super) enum Worker<'scope, H> {
    Thread(Sender<Arc<Chunk>>, ScopedJoinHandle<'scope, Vec<u8>>),
    Here(H, Sender<Arc<Chunk>>),
}

impl<'scope, H: Hasher + 'scope> Worker<'scope, H> {
    /// `emptied` gets the chunks back.
    pub(super) fn start<'env>(scope: &'scope Scope<'scope, 'env>, emptied: &Sender<Arc<Chunk>>) -> Self {
        let (filled, to_hash) = mpsc::channel::<Arc<Chunk>>();
        let returned = emptied.clone();
        let work = move || {
            let mut hasher = H::start();
            for chunk in to_hash {
                hasher.add(&chunk.bytes[..chunk.length]);
                // Fails once the file is read.
                let _ = returned.send(chunk);
            }
            hasher.end()
        };
        match thread::Builder::new().spawn_scoped(scope, work) {
            Ok(thread) => Self::Thread(filled, thread),
            Err(_) => Self::Here(H::start(), emptied.clone()),
        }
    }

    pub(super) fn add(&mut self, chunk: Arc<Chunk>) {
        match self {
            // Fails if the thread panicked, which `finish` reports.
            Self::Thread(filled, _) => drop(filled.send(chunk)),
            Self::Here(hasher, emptied) => {
                hasher.add(&chunk.bytes[..chunk.length]);
                let _ = emptied.send(chunk);
            }
        }
    }

    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Thread(filled, thread) => {
                drop(filled);
                thread.join().map_err(|_| io::Error::other("computing a checksum failed"))
            }
            Self::Here(hasher, _) => Ok(hasher.end()),
        }
    }
}

/// Waits for a chunk that both digests have returned.
pub(super) fn next_free(to_fill: &Receiver<Arc<Chunk>>) -> io::Result<Chunk> {
    loop {
        match to_fill.recv() {
            Ok(chunk) => {
                if let Some(chunk) = Arc::into_inner(chunk) {
                    return Ok(chunk);
                }
            }
            Err(_) => return Err(io::Error::other("computing a checksum failed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::Sha256;

    use super::*;

    #[test]
    fn without_threads_the_digests_are_the_same() {
        let (emptied, to_fill) = mpsc::channel();
        let mut worker = Worker::Here(Sha256::start(), emptied);
        let bytes: Vec<u8> = (0..1000).map(|number| number as u8).collect();
        worker.add(Arc::new(Chunk { length: 900, bytes: bytes.clone() }));
        assert!(next_free(&to_fill).is_ok());
        assert_eq!(worker.finish().unwrap(), Sha256::digest_of(&bytes[..900]));
    }
}
