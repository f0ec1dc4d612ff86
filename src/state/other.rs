//! Folders where Unix modes do not exist. On Windows, the access list of the profile's folder applies to what is in it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A folder.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Opens a folder that the user or the system provides.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let is_folder = fs::metadata(path)?.is_dir();
        if is_folder { Ok(Self(path.to_owned())) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Opens a folder of ours. Fails if it is a link.
    pub(super) fn subfolder(&self, name: &str) -> io::Result<Self> {
        self.open_owned(name)
    }

    /// Opens a folder that is no link.
    pub(super) fn open_owned(&self, name: &str) -> io::Result<Self> {
        let path = self.0.join(name);
        let is_folder = fs::symlink_metadata(&path)?.is_dir();
        if is_folder { Ok(Self(path)) } else { Err(refused(&format!("{name} is a link or no folder"))) }
    }

    /// Opens a folder of ours, which is created if it is missing.
    pub(super) fn create_subfolder(&self, name: &str) -> io::Result<Self> {
        match fs::create_dir(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.subfolder(name),
        }
    }

    /// Never fails: there are no modes.
    pub(super) fn refuse_if_writable_by_others(&self) -> io::Result<()> {
        Ok(())
    }

    /// Never fails: the first write shows it.
    pub(super) fn require_writable(&self) -> io::Result<()> {
        Ok(())
    }

    /// Opens a regular file for reading.
    pub(super) fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.regular(name)?)
    }

    /// Opens an existing regular file, to append to it.
    pub(super) fn append_to(&self, name: &str) -> io::Result<File> {
        File::options().append(true).open(self.regular(name)?)
    }

    /// Creates a file. Fails if the name is taken.
    pub(super) fn create_file(&self, name: &str) -> io::Result<File> {
        File::create_new(self.0.join(name))
    }

    /// Opens a file, which is created if it is missing.
    pub(super) fn open_or_create_file(&self, name: &str) -> io::Result<File> {
        File::options().read(true).write(true).create(true).truncate(false).open(self.0.join(name))
    }

    /// The path of a regular file.
    fn regular(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        let is_file = fs::symlink_metadata(&path)?.is_file();
        if is_file { Ok(path) } else { Err(refused(&format!("{name} is not a regular file"))) }
    }

    /// Renames a file within the folder and replaces any other of the new name.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Removes a file.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// At most `limit` names in the folder that are Unicode, in no particular order.
    pub(super) fn names(&self, limit: usize) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)?.take(limit) {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    /// Always true: an open file cannot be removed.
    pub(super) fn is_same_file(&self, _file: &File, _name: &str) -> bool {
        true
    }

    /// Does nothing: Windows cannot sync a folder.
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Creates a folder and its parents.
pub(super) fn create_private_folders(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Whether this process could create a folder at this path, as far as can be seen without trying.
pub(super) fn can_create(path: &Path) -> bool {
    path.ancestors().any(Path::is_dir)
}

/// Nothing: each user has a separate folder for temporary files.
pub(super) fn user_suffix() -> String {
    String::new()
}

fn refused(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}
