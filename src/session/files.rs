//! The files that the user names: as they are, or by patterns.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The most files that one command takes.
const MOST: usize = 1000;

/// The files, in the order in which they are named, those of a pattern in the order of their names. A pattern that
/// matches nothing is an error: a build without its artifact is not what anybody wants.
pub(crate) fn find(names: &[PathBuf], folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for name in names {
        let path = folder.join(name);
        let pattern = name.to_string_lossy();
        if path.exists() || !pattern.contains(['*', '?', '[']) {
            files.push(path);
            continue;
        }
        // Only what the user wrote is a pattern: the folder may have such characters in its own name.
        let pattern = Path::new(&glob::Pattern::escape(&folder.to_string_lossy())).join(pattern.as_ref());
        let pattern = pattern.to_string_lossy();
        let before = files.len();
        let shown = name.display();
        for file in glob::glob(&pattern).with_context(|| format!("{shown} is no pattern"))? {
            let file = file.with_context(|| format!("cannot look for {shown}"))?;
            if file.is_file() && !files.contains(&file) {
                files.push(file);
            }
        }
        if files.len() == before {
            bail!("no file matches {shown}");
        }
    }
    if files.len() > MOST {
        bail!("{} files match, more than {MOST}; name fewer", files.len());
    }
    Ok(files)
}
