//! File permissions and syncing where Unix modes do not exist. On Windows, the profile folder's access list applies.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder and its parents.
pub(super) fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Plain options: the folder decides who may read its files.
pub(super) fn private_file_options() -> OpenOptions {
    File::options()
}

/// Does nothing: Windows cannot sync a folder.
pub(super) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Always true: an open file cannot be deleted.
pub(super) fn is_same_file(_file: &File, _path: &Path) -> bool {
    true
}
