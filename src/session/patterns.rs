//! The files that the user named, directly or by pattern.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The most files that one command takes.
const MAX_FILES: usize = 1000;

/// Resolves names relative to `folder`, in their order; the matches of a pattern are sorted. A name that exists is not a
/// pattern. Fails for a pattern without a match: a build without its artifact is a mistake.
pub(crate) fn find(names: &[PathBuf], folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for name in names {
        let path = folder.join(name);
        if path.exists() || !name.to_string_lossy().contains(['*', '?', '[']) {
            files.push(path);
            continue;
        }
        let count = files.len();
        for file in matches(name, folder)? {
            let file = file.with_context(|| format!("cannot search for {}", name.display()))?;
            if file.is_file() && !files.contains(&file) {
                files.push(file);
            }
        }
        if files.len() == count {
            bail!("no file matches {}", name.display());
        }
    }
    if files.len() > MAX_FILES {
        bail!("{} files match; at most {MAX_FILES} are allowed", files.len());
    }
    Ok(files)
}

fn matches(pattern: &Path, folder: &Path) -> Result<glob::Paths> {
    // The folder's own name may contain pattern characters.
    let folder = glob::Pattern::escape(&folder.to_string_lossy());
    let pattern_in_folder = Path::new(&folder).join(pattern);
    glob::glob(&pattern_in_folder.to_string_lossy())
        .with_context(|| format!("invalid pattern {}", pattern.display()))
}
