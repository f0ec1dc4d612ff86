//! The state folder: where deliveries, sent builds and start times are kept between commands.

mod lock;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
#[cfg(not(unix))]
use other as os;
#[cfg(unix)]
use unix as os;

pub use lock::Lock;

use crate::ci;
use crate::crash_points;
use crate::system::System;

/// The folder of start times within the state folder.
const START_TIMES: &str = "started";

/// Longest file name made from an id, in characters.
const MAX_NAME_CHARS: usize = 100;

/// The state folder. It is created by the first write.
#[derive(Debug, Clone)]
pub struct StateFolder {
    path: PathBuf,
    /// Whether it is in a checkout, where git has to ignore it.
    in_checkout: bool,
}

impl StateFolder {
    /// The `chosen` folder, else `$RUNNER_TEMP/buildhook`, else `.buildhook` in the workspace.
    pub fn locate(chosen: Option<&Path>, workspace: Option<&Path>, system: &System) -> Self {
        if let Some(path) = chosen {
            return Self { path: path.to_owned(), in_checkout: false };
        }
        if let Some(temporary) = ci::temp_dir(&system.environment) {
            return Self { path: temporary.join("buildhook"), in_checkout: false };
        }
        let workspace = workspace.filter(|path| path.is_dir()).unwrap_or(&system.folder);
        Self { path: workspace.join(".buildhook"), in_checkout: true }
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file atomically, readable by its owner only. A `durable` file survives a power failure.
    pub fn write(&self, relative: &Path, content: &[u8], durable: bool) -> io::Result<()> {
        let target = self.path.join(relative);
        let folder = target.parent().unwrap_or(&self.path);
        self.create_folder(folder)?;
        crash_points::reach();
        let mut file = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(folder)?;
        crash_points::reach();
        file.write_all(content)?;
        crash_points::reach();
        if durable {
            file.as_file().sync_all()?;
        }
        let is_new = !target.exists();
        crash_points::reach();
        file.persist(&target).map_err(|error| error.error)?;
        crash_points::reach();
        if durable && is_new {
            os::sync_folder(folder)?;
        }
        Ok(())
    }

    /// Names of the files in a subfolder, in no particular order. Empty if it cannot be read.
    pub fn file_names(&self, subfolder: &str) -> Vec<String> {
        let files = fs::read_dir(self.path.join(subfolder)).into_iter().flatten().flatten();
        files.filter_map(|file| file.file_name().into_string().ok()).collect()
    }

    /// The ids of the files `ID.json` in a subfolder, sorted.
    pub fn ids(&self, subfolder: &str) -> Vec<String> {
        let names = self.file_names(subfolder).into_iter().filter(|name| !name.starts_with('.'));
        let mut ids: Vec<String> =
            names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
        ids.sort_unstable();
        ids
    }

    /// Saves when a build started.
    pub fn save_start(&self, build_slug: &str, time: Timestamp) -> io::Result<()> {
        let path = Path::new(START_TIMES).join(file_name(build_slug));
        self.write(&path, time.to_string().as_bytes(), false)
    }

    /// When a build started, if [`StateFolder::save_start`] was called for it.
    pub fn load_start(&self, build_slug: &str) -> Option<Timestamp> {
        let path = self.path.join(START_TIMES).join(file_name(build_slug));
        fs::read_to_string(path).ok()?.trim().parse().ok()
    }

    /// Locks the file at a path below the state folder. `None` while another process holds the lock.
    pub fn lock(&self, relative: &Path) -> io::Result<Option<Lock>> {
        let path = self.path.join(relative);
        self.create_folder(path.parent().unwrap_or(&self.path))?;
        Lock::acquire(path)
    }

    /// Creates a folder at or below the state folder, accessible to its owner only.
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        os::create_private_folder(folder)?;
        if self.in_checkout {
            fs::write(self.path.join(".gitignore"), "*\n")?;
        }
        Ok(())
    }
}

/// A file name for an id. Users can choose ids, so any character but ASCII letters, digits and `-` becomes `_`.
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
