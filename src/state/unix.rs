//! Folders on Unix, held open: every file in them is reached from the handle, so that no link or renamed folder can lead a
//! write elsewhere between a check and its use.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

use rustix::fs::{
    Access, AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, accessat, fstat, mkdirat, openat, renameat,
    statat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};

/// What other users may do to a file or folder.
const WRITABLE_BY_OTHERS: Mode = Mode::WOTH;
const WRITABLE_BY_GROUP: Mode = Mode::WGRP;

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder that the user or the system provides. Links are followed, as in macOS's `/tmp`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(openat(CWD, path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?))
    }

    /// Opens a folder of ours. Fails if it is a link, belongs to another user, or others may write it.
    pub(super) fn subfolder(&self, name: &str) -> io::Result<Self> {
        let folder = self.open_owned(name)?;
        folder.refuse_if_writable_by_others()?;
        Ok(folder)
    }

    /// Opens a folder that belongs to this user and is no link, whatever its mode.
    pub(super) fn open_owned(&self, name: &str) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = Self(openat(&self.0, name, flags, Mode::empty()).map_err(|error| match error {
            Errno::LOOP | Errno::NOTDIR => refused(&format!("{name} is a link or no folder")),
            error => error.into(),
        })?);
        if fstat(&folder.0)?.st_uid != geteuid().as_raw() {
            return Err(refused(&format!("{name} belongs to another user")));
        }
        Ok(folder)
    }

    /// Opens a folder of ours, which is created with mode 0700 if it is missing.
    pub(super) fn create_subfolder(&self, name: &str) -> io::Result<Self> {
        match mkdirat(&self.0, name, Mode::RWXU) {
            Ok(()) => self.sync()?,
            Err(Errno::EXIST) => {}
            // An existing folder on a read-only file system can still be read.
            Err(error) => return self.subfolder(name).map_err(|_| error.into()),
        }
        self.subfolder(name)
    }

    /// Fails if other users may write the folder: its owner, unless that is root, its group, or all. A group whose id is the user's
    /// own has no other members by convention. Root uses the folders of others, such as those that containers mount.
    pub(super) fn refuse_if_writable_by_others(&self) -> io::Result<()> {
        let stat = fstat(&self.0)?;
        let mode = mode(&stat);
        let (user, group) = (geteuid().as_raw(), getegid().as_raw());
        if ![user, 0].contains(&stat.st_uid) && user != 0 {
            return Err(refused("it belongs to another user"));
        }
        let is_private_group = stat.st_gid == group && group == user;
        if mode.contains(WRITABLE_BY_OTHERS) || (mode.contains(WRITABLE_BY_GROUP) && !is_private_group) {
            return Err(refused("other users may write it"));
        }
        Ok(())
    }

    /// Fails if this process cannot create files here.
    pub(super) fn require_writable(&self) -> io::Result<()> {
        Ok(accessat(&self.0, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
    }

    /// Opens a regular file for reading. Links are not followed, and nothing else can block.
    pub(super) fn open_file(&self, name: &str) -> io::Result<File> {
        self.open_regular(name, OFlags::RDONLY)
    }

    /// Opens an existing regular file, to append to it.
    pub(super) fn append_to(&self, name: &str) -> io::Result<File> {
        self.open_regular(name, OFlags::WRONLY | OFlags::APPEND)
    }

    /// Creates a file with mode 0600. Fails if the name is taken.
    pub(super) fn create_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Opens a file with mode 0600, which is created if it is missing.
    pub(super) fn open_or_create_file(&self, name: &str) -> io::Result<File> {
        self.open_regular(name, OFlags::RDWR | OFlags::CREATE)
    }

    fn open_regular(&self, name: &str, access: OFlags) -> io::Result<File> {
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?;
        if FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(refused(&format!("{name} is not a regular file")));
        }
        Ok(file.into())
    }

    /// Renames a file within the folder and replaces any other of the new name.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    /// Removes a file, or the link of this name.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// At most `limit` names in the folder that are UTF-8, in no particular order.
    pub(super) fn names(&self, limit: usize) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)?.take(limit) {
            names.extend(entry?.file_name().to_str().ok().map(str::to_owned));
        }
        Ok(names)
    }

    /// Whether the name still leads to the open file.
    pub(super) fn is_same_file(&self, file: &File, name: &str) -> bool {
        match (file.metadata(), statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)) {
            // The types of the fields differ between systems.
            #[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
            (Ok(open), Ok(current)) => {
                open.dev() == current.st_dev as u64 && open.ino() == current.st_ino as u64
            }
            _ => false,
        }
    }

    /// Makes what was created, renamed or removed in the folder survive a power failure.
    pub(super) fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.0) {
            // Some network file systems cannot sync a folder.
            Ok(()) | Err(Errno::INVAL | Errno::ROFS) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Creates a folder and its parents with mode 0700, and syncs the folder that each was created in.
pub(super) fn create_private_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().ok_or(io::ErrorKind::NotFound)?;
    create_private_folders(parent)?;
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => Folder::open(parent)?.sync(),
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether this process could create a folder at this path.
pub(super) fn can_create(path: &Path) -> bool {
    let existing = path.ancestors().find(|ancestor| fs::symlink_metadata(ancestor).is_ok());
    existing.is_some_and(|folder| Folder::open(folder).is_ok_and(|folder| folder.require_writable().is_ok()))
}

/// The end of a name that distinguishes the folders of users: `-1000`.
pub(super) fn user_suffix() -> String {
    format!("-{}", geteuid().as_raw())
}

fn mode(stat: &Stat) -> Mode {
    Mode::from_raw_mode(stat.st_mode)
}

fn refused(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}
