//! Locks between processes.

use std::fs::{File, TryLockError};
use std::io;
use std::sync::Arc;

use super::os::Folder;
use crate::crash_points;

/// An exclusive lock, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    folder: Arc<Folder>,
    name: String,
    _file: File,
}

impl Lock {
    /// Locks the file `name` in `folder` and creates it if necessary. `None` while another process holds the lock.
    pub(super) fn acquire(folder: Arc<Folder>, name: String) -> io::Result<Option<Self>> {
        loop {
            let file = folder.open_or_create_file(&name)?;
            crash_points::reach();
            match file.try_lock() {
                Ok(()) if folder.is_same_file(&file, &name) => {
                    return Ok(Some(Self { folder, name, _file: file }));
                }
                // The previous holder removed the file after it was opened here.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

/// Whether a process holds the lock `name` in `folder`. Any number of processes can ask at once.
pub(super) fn is_held(folder: &Folder, name: &str) -> bool {
    let Ok(file) = folder.open_file(name) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Windows cannot remove an open file; the empty file does no harm.
        let _ = self.folder.remove(&self.name);
    }
}
