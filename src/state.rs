//! The state folder: where deliveries, sent builds and start times are kept between commands.
//!
//! It is found, created and opened once, and everything in it is reached from the open folder. A failed write costs
//! a warning, never an event.

mod foreign;
mod lifetime;
mod lock;
mod log_line;
#[cfg(not(unix))]
mod other;
mod places;
mod seal;
#[cfg(unix)]
mod unix;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

#[cfg(not(unix))]
use other as os;
#[cfg(unix)]
use unix as os;

pub use foreign::ForeignFiles;
pub use lifetime::Lifetime;
pub use lock::Lock;
pub use log_line::{LogKey, lines_in};
pub use seal::{SealKey, Sealed};

use crate::ci::Context;
use crate::crash_points;
use crate::system::System;
use os::Folder;
use places::{Kind, Place, places};

pub use places::PlaceReason;

/// The folders within the state folder.
pub const SUBFOLDERS: [&str; 5] = ["builds", "deliveries", "last", "releases", "started"];

/// Longest file name made from an id, in characters.
const MAX_NAME_CHARS: usize = 100;

/// How a command uses the state folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Creates it if it is missing.
    Write,
    /// Changes what is in it, but creates nothing.
    Existing,
}

/// The state folder, or none if there is no place for it.
#[derive(Debug, Clone)]
pub struct StateFolder(Option<Arc<Opened>>);

#[derive(Debug)]
struct Opened {
    path: PathBuf,
    reason: PlaceReason,
    /// `None` while it does not exist.
    root: Option<Folder>,
    access: Access,
    subfolders: Mutex<BTreeMap<&'static str, Arc<Folder>>>,
    /// The subfolders with unusable files that were reported.
    reported: Mutex<BTreeSet<&'static str>>,
}

impl StateFolder {
    /// Opens the state folder in the first place that is usable: the `chosen` one, or those of this job.
    ///
    /// Places that are refused are passed over: folders of other users, links, read-only file systems. Causes a warning
    /// if the user chose the place, or if none is left.
    pub fn locate(
        chosen: Option<&Path>,
        context: &Context,
        access: Access,
        system: &System,
        warnings: &mut Vec<String>,
    ) -> Self {
        let (mut refused_choice, mut last_refusal) = (None, None);
        for place in places(chosen, context, system) {
            match open(&place, access) {
                Ok(root) => {
                    let (path, reason, subfolders) = (place.path(), place.reason, Mutex::default());
                    let reported = Mutex::default();
                    if let Some(refusal) = refused_choice {
                        let used = path.display();
                        warnings.push(format!("cannot use the state folder {refusal}; using {used}"));
                    }
                    return Self(Some(Arc::new(Opened { path, reason, root, access, subfolders, reported })));
                }
                Err(error) => {
                    let refusal = format!("{}: {error}", place.path().display());
                    if place.kind == Kind::Chosen {
                        refused_choice = Some(refusal.clone());
                    }
                    last_refusal = Some(refusal);
                }
            }
        }
        if access == Access::Write {
            let reason =
                refused_choice.or(last_refusal).map(|refusal| format!(" ({refusal})")).unwrap_or_default();
            warnings.push(format!(
                "no folder can keep records{reason}; failed deliveries cannot be resent. \
                 Set BUILDHOOK_STATE_DIR to a folder that only you can write"
            ));
        }
        Self(None)
    }

    /// No state folder: nothing is kept.
    pub fn none() -> Self {
        Self(None)
    }

    /// The folder's path, if there is a folder.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_ref().map(|opened| opened.path.as_path())
    }

    /// Why the folder is where it is, if there is a folder.
    pub fn reason(&self) -> Option<PlaceReason> {
        self.0.as_ref().map(|opened| opened.reason)
    }

    /// Whether a command in an interactive shell uses this folder by default: in the checkout, or else in the user's folder for state.
    pub fn is_default(&self) -> bool {
        matches!(self.reason(), Some(PlaceReason::Checkout | PlaceReason::UserState(_)))
    }

    /// The folder for messages: its path, or `nowhere`.
    pub fn display(&self) -> String {
        self.path().map_or_else(|| "nowhere".to_owned(), |path| path.display().to_string())
    }

    /// The path of a subfolder for messages.
    pub fn display_subfolder(&self, name: &str) -> String {
        self.path().map_or_else(|| "nowhere".to_owned(), |path| path.join(name).display().to_string())
    }

    /// Writes a file atomically, readable by its owner only. It survives the end of the process, but a power failure only after
    /// [`StateFolder::sync`].
    pub fn write(&self, subfolder: &'static str, name: &str, content: &[u8]) -> io::Result<()> {
        self.write_with(subfolder, name, &mut |file| file.write_all(content))
    }

    /// [`StateFolder::write`] for content that is written in parts.
    pub fn write_with(
        &self,
        subfolder: &'static str,
        name: &str,
        write: &mut dyn FnMut(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        let folder = self.subfolder(subfolder)?;
        crash_points::reach();
        let (temporary, mut file) = create_temporary(&folder)?;
        crash_points::reach();
        let written = write(&mut file);
        crash_points::reach();
        if let Err(error) = written.and_then(|()| folder.rename(&temporary, name)) {
            // If it cannot be removed now, tidying up removes it later.
            let _ = folder.remove(&temporary);
            return Err(error);
        }
        crash_points::reach();
        Ok(())
    }

    /// Makes a file survive a power failure.
    pub fn sync(&self, subfolder: &'static str, name: &str) -> io::Result<()> {
        match self.subfolder(subfolder)?.append_to(name)?.sync_all() {
            // Some network file systems cannot.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            result => result,
        }
    }

    /// Opens a file, to append to it.
    pub fn append(&self, subfolder: &'static str, name: &str) -> io::Result<File> {
        self.subfolder(subfolder)?.append_to(name)
    }

    /// Reads a file of at most `limit` bytes. Fails if it is larger.
    pub fn read(&self, subfolder: &'static str, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large");
        let file = self.subfolder(subfolder)?.open_file(name)?;
        if file.metadata()?.len() > limit {
            return Err(too_large());
        }
        let mut content = Vec::new();
        // It may have grown since.
        file.take(limit + 1).read_to_end(&mut content)?;
        if content.len() as u64 > limit { Err(too_large()) } else { Ok(content) }
    }

    /// Names of the files in a subfolder, sorted. Empty if it cannot be read.
    pub fn names(&self, subfolder: &'static str) -> Vec<String> {
        let names = self.subfolder(subfolder).and_then(|folder| folder.names(usize::MAX));
        let mut names = names.unwrap_or_default();
        names.sort_unstable();
        names
    }

    /// Names of at most `limit` files in a subfolder, in no particular order. Empty if it cannot be read.
    pub fn some_names(&self, limit: usize, subfolder: &'static str) -> Vec<String> {
        self.subfolder(subfolder).and_then(|folder| folder.names(limit)).unwrap_or_default()
    }

    /// When a file was last modified.
    pub fn modified(&self, subfolder: &'static str, name: &str) -> io::Result<SystemTime> {
        self.subfolder(subfolder)?.open_file(name)?.metadata()?.modified()
    }

    /// Removes a file.
    pub fn remove(&self, subfolder: &'static str, name: &str) -> io::Result<()> {
        self.subfolder(subfolder)?.remove(name)
    }

    /// Locks a file in a subfolder. `None` while another process holds the lock.
    pub fn lock(&self, subfolder: &'static str, name: &str) -> io::Result<Option<Lock>> {
        Lock::acquire(self.subfolder(subfolder)?, name.to_owned())
    }

    /// Whether unusable files of this subfolder are to be reported: once in a command.
    pub fn is_first_report(&self, subfolder: &'static str) -> bool {
        let opened = self.0.as_ref();
        opened.is_some_and(|opened| {
            opened.reported.lock().unwrap_or_else(PoisonError::into_inner).insert(subfolder)
        })
    }

    /// Whether a process holds the lock on this file.
    pub fn is_locked(&self, subfolder: &'static str, name: &str) -> bool {
        self.subfolder(subfolder).is_ok_and(|folder| lock::is_held(&folder, name))
    }

    /// A folder within the state folder.
    fn subfolder(&self, name: &'static str) -> io::Result<Arc<Folder>> {
        let not_found = || io::Error::new(io::ErrorKind::NotFound, "there is no state folder");
        let opened = self.0.as_ref().ok_or_else(not_found)?;
        let root = opened.root.as_ref().ok_or_else(not_found)?;
        let mut subfolders = opened.subfolders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = subfolders.get(name) {
            return Ok(Arc::clone(folder));
        }
        let folder = Arc::new(match opened.access {
            Access::Write => root.create_subfolder(name)?,
            Access::Existing => root.subfolder(name)?,
        });
        subfolders.insert(name, Arc::clone(&folder));
        Ok(folder)
    }
}

/// Opens the state folder in a place. `None` if it does not exist and may not be created yet.
fn open(place: &Place, access: Access) -> io::Result<Option<Folder>> {
    let path = place.path();
    let create = access == Access::Write;
    let found = match &place.kind {
        Kind::Chosen => {
            if create {
                os::create_private_folders(&path)?;
            }
            Folder::open(&path).and_then(|folder| folder.refuse_if_writable_by_others().map(|()| folder))
        }
        Kind::In(name) => Folder::open(&place.base).and_then(|base| open_in(&base, name, create)),
        Kind::InHome(name) => {
            if create {
                os::create_private_folders(&place.base)?;
            }
            Folder::open(&place.base).and_then(|base| open_in(&base, name, create))
        }
        Kind::Checkout => {
            let git = Folder::open(&place.base)?.open_owned(".git")?;
            open_in(&git, "buildhook", create)
        }
    };
    let root = match found {
        Ok(root) => root,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !create && os::can_create(&path) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if create {
        root.require_writable()?;
    }
    for name in SUBFOLDERS {
        match root.subfolder(name) {
            Ok(folder) if create => folder.require_writable()?,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(root))
}

fn open_in(base: &Folder, name: &str, create: bool) -> io::Result<Folder> {
    if create { base.create_subfolder(name) } else { base.subfolder(name) }
}

/// Creates a file whose name ends in `.tmp`, for content that is renamed into place when it is complete.
fn create_temporary(folder: &Folder) -> io::Result<(String, File)> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!(".{}-{number}.tmp", std::process::id());
        match folder.create_file(&name) {
            Ok(file) => return Ok((name, file)),
            // The leftover of an earlier process with the same id, or of another machine that shares the folder.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// A file name for an id. Users can choose ids, so any character but ASCII letters, digits, `-` and `_` becomes `_`.
pub fn file_name(id: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || c == '-';
    id.chars().take(MAX_NAME_CHARS).map(|c| if is_safe(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn ids_cannot_leave_their_folder() {
        assert_eq!(file_name("0f8e-Abc"), "0f8e-Abc");
        assert_eq!(file_name("../../etc/passwd\0"), "______etc_passwd_");
        assert_eq!(file_name("ü/."), "___");
        assert_eq!(file_name(&"x".repeat(300)).len(), 100);
    }
}
