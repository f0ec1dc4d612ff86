//! The files that the user named, directly or by pattern.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::file_rules::{FileRules, TRUST_WORKSPACE};

/// The most files that one command takes.
const MAX_FILES: usize = 1000;

/// Resolves names relative to `folder`, in their order; the matches of a pattern are sorted. A name that exists is not a
/// pattern. Fails for a pattern without a match: a build without its artifact is a mistake.
///
/// A link in the checkout that leads out of it is an error if it is named, and skipped with a warning if it matches a
/// pattern.
pub(crate) fn find(
    names: &[PathBuf],
    folder: &Path,
    rules: &FileRules,
    warnings: &mut Vec<String>,
) -> Result<Vec<PathBuf>> {
    let (mut files, mut found) = (Vec::new(), HashSet::new());
    for name in names {
        let path = folder.join(name);
        if path.exists() || !name.to_string_lossy().contains(['*', '?', '[']) {
            if let Ok(Some(real_path)) = rules.leads_out(&path) {
                bail!(
                    "{} is a link in the checkout that leads to {}; name that path, or set {TRUST_WORKSPACE}=true if you \
                     trust every author",
                    name.display(),
                    real_path.display()
                );
            }
            files.push(path);
            continue;
        }
        let matching = matches(name, folder)?;
        if matching.len() > MAX_FILES {
            bail!("{} files match {}; at most {MAX_FILES} are allowed", matching.len(), name.display());
        }
        let count = files.len();
        let mut is_known = false;
        for file in matching {
            if let Ok(Some(real_path)) = rules.leads_out(&file) {
                warnings.push(format!(
                    "{} is skipped: it is a link in the checkout that leads to {}; name that path, or set \
                     {TRUST_WORKSPACE}=true if you trust every author",
                    file.strip_prefix(folder).unwrap_or(&file).display(),
                    real_path.display()
                ));
            } else if found.insert(file.clone()) {
                files.push(file);
            } else {
                is_known = true;
            }
        }
        if files.len() == count && !is_known {
            bail!("no file matches {}", name.display());
        }
    }
    if files.len() > MAX_FILES {
        bail!("{} files match; at most {MAX_FILES} are allowed", files.len());
    }
    Ok(files)
}

/// The files that match a pattern.
fn matches(pattern: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    // The folder's own name may contain pattern characters.
    let folder = glob::Pattern::escape(&folder.to_string_lossy());
    let pattern_in_folder = Path::new(&folder).join(pattern);
    let paths = glob::glob(&pattern_in_folder.to_string_lossy())
        .with_context(|| format!("invalid pattern {}", pattern.display()))?;
    let files: Vec<PathBuf> = paths
        .collect::<Result<_, _>>()
        .with_context(|| format!("cannot search for {}", pattern.display()))?;
    Ok(files.into_iter().filter(|file| file.is_file()).collect())
}
