//! The files that the user named, directly or by pattern.

mod path_pattern;
mod search;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Error, Result, anyhow, bail};

use crate::file_rules::{FileRules, leads_to};
use path_pattern::{PathPattern, is_pattern};
use search::{MAX_DEPTH, Search};

/// The most files that one command takes.
const MAX_FILES: usize = 1000;
/// The most names and patterns of one command, and the most patterns with `!`.
const MAX_PATTERNS: usize = 1000;
/// The most files that are reported one by one as skipped.
const MAX_SKIPPED: usize = 10;

/// A pattern that finds no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoMatch {
    #[error("no file matches {}", .0.display())]
    Nothing(PathBuf),
    /// Its files are left out by this pattern with `!`.
    #[error("no file is left by {}", .0.display())]
    AllLeftOut(PathBuf),
}

/// Where to find files, and until when to search.
pub(crate) struct Finder<'a> {
    /// The folder that names are relative to.
    pub(crate) folder: &'a Path,
    pub(crate) rules: &'a FileRules,
    /// When searches stop. The files that they have found by then count.
    pub(crate) until: Instant,
}

impl Finder<'_> {
    /// Resolves names, in their order; the matches of a pattern are sorted. A pattern with `!` in front leaves out files that
    /// those before it found. Fails for any other name or pattern without a file: a build without its artifact is a mistake.
    ///
    /// A link in the checkout that leads out of it is an error if it is named, and skipped with a warning if it matches a
    /// pattern.
    pub(crate) fn find(&self, names: &[PathBuf], warnings: &mut Vec<String>) -> Result<Vec<PathBuf>> {
        let (groups, errors) = self.groups(names, warnings);
        if let Some(error) = errors.into_iter().next() {
            return Err(error);
        }
        let files = groups.concat();
        if files.len() > MAX_FILES {
            bail!("{} files match; at most {MAX_FILES} are allowed", files.len());
        }
        Ok(files)
    }

    /// [`Finder::find`] for each name alone, with the `!` patterns behind it: an error costs no other name. Of too many files,
    /// some are left out with an error.
    pub(crate) fn find_each(
        &self,
        names: &[PathBuf],
        warnings: &mut Vec<String>,
    ) -> (Vec<PathBuf>, Vec<Error>) {
        let (mut groups, mut errors) = self.groups(names, warnings);
        let count: usize = groups.iter().map(Vec::len).sum();
        if count > MAX_FILES {
            shorten(&mut groups, MAX_FILES);
            let left_out = count - MAX_FILES;
            errors.push(anyhow!(
                "{count} files match; at most {MAX_FILES} are allowed, so {left_out} are left out"
            ));
        }
        (groups.concat(), errors)
    }

    /// The files of each name, without those of earlier names.
    fn groups(&self, names: &[PathBuf], warnings: &mut Vec<String>) -> (Vec<Vec<PathBuf>>, Vec<Error>) {
        let exclusions = match self.exclusions(names) {
            Ok(exclusions) => exclusions,
            // Without it, files would be taken that the user leaves out.
            Err(error) => return (Vec::new(), vec![error]),
        };
        let (mut groups, mut known, mut errors) = (Vec::new(), HashSet::new(), Vec::new());
        let included = || names.iter().enumerate().filter(|(_, name)| excluded(name).is_none());
        let count = included().count();
        if count > MAX_PATTERNS {
            errors
                .push(anyhow!("{count} names and patterns of files; only the first {MAX_PATTERNS} are used"));
        }
        let mut is_out_of_time = false;
        for (index, name) in included().take(MAX_PATTERNS) {
            let found = match self.find_one(name, &mut is_out_of_time, warnings) {
                Ok(found) => found,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let later: Vec<&Exclusion> = exclusions.iter().filter(|later| later.index > index).collect();
            let is_left = |file: &PathBuf| !later.iter().any(|exclusion| exclusion.matches(file));
            groups
                .push(found.into_iter().filter(|file| is_left(file) && known.insert(file.clone())).collect());
        }
        if is_out_of_time {
            warnings
                .push("the search for files took too long and was stopped; some may be missing".to_owned());
        }
        if let (true, Some(last)) = (groups.iter().all(Vec::is_empty) && errors.is_empty(), names.last()) {
            errors.push(NoMatch::AllLeftOut(last.clone()).into());
        }
        (groups, errors)
    }

    fn exclusions(&self, names: &[PathBuf]) -> Result<Vec<Exclusion>> {
        let mut exclusions = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let Some(excluded) = excluded(name) else { continue };
            let pattern = PathPattern::parse(excluded, self.folder)?;
            exclusions.push(Exclusion { index, pattern, name: self.folder.join(excluded) });
        }
        match exclusions.len() {
            0..=MAX_PATTERNS => Ok(exclusions),
            count => bail!("{count} patterns with `!`; at most {MAX_PATTERNS} are allowed"),
        }
    }

    /// The files of one name. Those of a pattern are sorted.
    fn find_one(
        &self,
        name: &Path,
        is_out_of_time: &mut bool,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<PathBuf>> {
        let path = self.folder.join(name);
        if !is_pattern(name) {
            if let Some(real_path) = self.rules.leads_out(&path).unwrap_or(None) {
                bail!("{}", describe_link(name, &real_path));
            }
            return Ok(vec![path]);
        }
        let mut search = Search::new(self.folder, self.rules, self.until);
        search.pattern(&PathPattern::parse(name, self.folder)?);
        *is_out_of_time |= search.is_out_of_time;
        let Search { found: mut matching, skipped, is_too_deep, .. } = search;
        warnings.extend(skipped.iter().take(MAX_SKIPPED).cloned());
        if skipped.len() > MAX_SKIPPED {
            warnings
                .push(format!("{} other links are skipped for such reasons", skipped.len() - MAX_SKIPPED));
        }
        if is_too_deep {
            let shown = name.display();
            warnings.push(format!("{shown}: folders nested more than {MAX_DEPTH} deep are not searched"));
        }
        // A file of this very name does not hide those that match.
        let is_content = || self.rules.leads_out(&path).is_ok_and(|end| end.is_none());
        if path.is_file() && !matching.contains(&path) && is_content() {
            matching.push(path);
        }
        if matching.is_empty() {
            bail!(NoMatch::Nothing(name.to_owned()));
        }
        matching.sort();
        Ok(matching)
    }
}

/// A pattern of files to leave out, and its place in the list.
struct Exclusion {
    index: usize,
    pattern: PathPattern,
    /// The file whose name is this pattern.
    name: PathBuf,
}

impl Exclusion {
    fn matches(&self, file: &Path) -> bool {
        file == self.name || self.pattern.matches(file)
    }
}

/// The pattern of files to leave out, if it is one: `!build/debug/**`.
fn excluded(name: &Path) -> Option<&Path> {
    name.to_str()?.strip_prefix('!').filter(|rest| !rest.is_empty()).map(Path::new)
}

fn describe_link(name: &Path, real_path: &Path) -> String {
    format!("{} is a link in the checkout that {}", name.display(), leads_to(real_path))
}

/// Shortens the largest groups until all of them have `limit` files: a pattern that matches many leaves room for the others.
fn shorten(groups: &mut [Vec<PathBuf>], limit: usize) {
    let mut by_size: Vec<&mut Vec<PathBuf>> = groups.iter_mut().collect();
    by_size.sort_by_key(|group| group.len());
    let (mut room, mut count) = (limit, by_size.len());
    for group in by_size {
        group.truncate(room / count);
        room -= group.len();
        count -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_with_many_files_leaves_room_for_others() {
        let group = |count| vec![PathBuf::new(); count];
        for (sizes, expected) in [
            (&[5000, 1, 3][..], &[996, 1, 3][..]),
            (&[5000, 5000], &[500, 500]),
            (&[1001], &[1000]),
            (&[0, 1], &[0, 1]),
        ] {
            let mut groups: Vec<_> = sizes.iter().copied().map(group).collect();
            shorten(&mut groups, 1000);
            assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), expected);
        }
    }
}
