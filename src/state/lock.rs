//! Locks between processes.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;

use super::os;
use crate::crash_points;

/// An exclusive lock, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Locks the file at `path` and creates it if necessary. `None` while another process holds the lock.
    pub(super) fn acquire(path: PathBuf) -> io::Result<Option<Self>> {
        loop {
            let file = os::private_file_options().create(true).truncate(false).write(true).open(&path)?;
            crash_points::reach();
            match file.try_lock() {
                Ok(()) if os::is_same_file(&file, &path) => return Ok(Some(Self { path, _file: file })),
                // The previous holder deleted the file after it was opened here.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Windows cannot delete an open file; the empty file does no harm.
        let _ = fs::remove_file(&self.path);
    }
}
