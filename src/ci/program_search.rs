//! Finds programs outside of the checkout, whose authors are not trusted.

use std::env::{self, consts::EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

/// Where programs are if `PATH` is not set.
pub(crate) const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The first program of this name in the folders of `path` that is not in a checkout, and those of the folders that are not.
/// A relative folder depends on the current one, so it is skipped too. A checkout is each folder at or above
/// `folders` that contains `.git`, and `folders` themselves if there is none.
pub(crate) fn find(name: &str, path: &str, folders: &[&Path]) -> (Option<PathBuf>, String) {
    let checkouts: Vec<PathBuf> = folders.iter().flat_map(|folder| checkouts(folder)).collect();
    // Windows also runs scripts by name, but hands them to an interpreter.
    let file_name = format!("{name}{EXE_SUFFIX}");
    let is_outside = |path: &Path| {
        fs::canonicalize(path).is_ok_and(|path| !checkouts.iter().any(|checkout| path.starts_with(checkout)))
    };
    let folders: Vec<PathBuf> =
        env::split_paths(path).filter(|folder| folder.is_absolute() && is_outside(folder)).collect();
    let program = folders
        .iter()
        .map(|folder| folder.join(&file_name))
        .find(|program| is_executable(program) && is_outside(program));
    let path = env::join_paths(&folders).ok().and_then(|path| path.into_string().ok()).unwrap_or_default();
    (program, path)
}

fn checkouts(folder: &Path) -> Vec<PathBuf> {
    let Ok(folder) = fs::canonicalize(folder) else { return Vec::new() };
    let has_git = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
    let above: Vec<PathBuf> = folder.ancestors().filter(has_git).map(Path::to_owned).collect();
    let mut checkouts = if above.is_empty() { vec![folder] } else { above };
    // If the whole disk were a checkout, no program would be outside.
    checkouts.retain(|folder| folder.parent().is_some());
    checkouts
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
