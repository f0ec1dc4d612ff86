//! File permissions and syncing on Unix.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Creates a folder and its parents with mode 0700.
pub(super) fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Options that create files with mode 0600.
pub(super) fn private_file_options() -> OpenOptions {
    let mut options = File::options();
    options.mode(0o600);
    options
}

/// Makes a rename in the folder survive a power failure.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Whether `path` still leads to the open file.
pub(super) fn is_same_file(file: &File, path: &Path) -> bool {
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(current)) => identity(open) == identity(current),
        _ => false,
    }
}
