//! The folder in which a run remembers what it did: its deliveries, and when its build started.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::ci::{self, Sourced};
use crate::crash_points;
use crate::system::System;

/// The state folder. It is made when something is first written there.
#[derive(Debug, Clone)]
pub struct StateFolder {
    path: PathBuf,
    /// Whether it lies in a checkout, where git must not see it.
    in_checkout: bool,
}

impl StateFolder {
    /// The folder that was `chosen`, else `$RUNNER_TEMP/buildhook`, else `.buildhook` in the workspace.
    pub fn locate(chosen: Option<&Path>, workspace: Option<&Sourced>, system: &System) -> Self {
        if let Some(path) = chosen {
            return Self { path: path.to_owned(), in_checkout: false };
        }
        if let Some(temporary) = ci::temp_dir(&system.environment) {
            return Self { path: temporary.join("buildhook"), in_checkout: false };
        }
        let workspace = workspace.map(|found| Path::new(&found.value)).filter(|path| path.is_dir());
        Self { path: workspace.unwrap_or(&system.folder).join(".buildhook"), in_checkout: true }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file below the folder so that it is there whole or not at all: to a temporary name, then renamed.
    /// What is `durable` survives a power cut. Only the user can read it.
    pub fn write(&self, relative: &Path, content: &[u8], durable: bool) -> io::Result<()> {
        let target = self.path.join(relative);
        let folder = target.parent().unwrap_or(&self.path);
        self.make(folder)?;
        crash_points::reach();
        let mut file = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(folder)?;
        crash_points::reach();
        file.write_all(content)?;
        crash_points::reach();
        if durable {
            file.as_file().sync_all()?;
        }
        #[cfg(unix)]
        let is_new = !target.exists();
        crash_points::reach();
        file.persist(&target).map_err(|error| error.error)?;
        crash_points::reach();
        #[cfg(unix)]
        if durable && is_new {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Remembers when a build started.
    pub fn save_start(&self, build_slug: &str, time: Timestamp) -> io::Result<()> {
        self.write(&started(build_slug), time.to_string().as_bytes(), false)
    }

    /// When a build started, if it is remembered.
    pub fn load_start(&self, build_slug: &str) -> Option<Timestamp> {
        fs::read_to_string(self.path.join(started(build_slug))).ok()?.trim().parse().ok()
    }

    /// Makes a folder in it, which only the user may look into.
    pub(crate) fn make(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        if self.in_checkout {
            fs::write(self.path.join(".gitignore"), "*\n")?;
        }
        Ok(())
    }
}

/// The file that holds a build's start. A slug that the user chose may hold anything, so only its plain
/// characters make the name.
fn started(build_slug: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    Path::new("started").join(build_slug.chars().take(100).map(plain).collect::<String>())
}
