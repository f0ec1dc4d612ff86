//! The files that the user named, directly or by pattern.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, DirEntry, FileType};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Error, Result, anyhow, bail};
use glob::{MatchOptions, Pattern};

use crate::file_rules::{FileRules, leads_to};

/// The most files that one command takes.
const MAX_FILES: usize = 1000;
/// The most files that are reported one by one as skipped.
const MAX_SKIPPED: usize = 10;
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A pattern that finds no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoMatch {
    #[error("no file matches {}", .0.display())]
    Nothing(PathBuf),
    /// Its files are left out by this pattern with `!`.
    #[error("no file is left by {}", .0.display())]
    AllLeftOut(PathBuf),
}

/// [`find`] for each name alone, with the `!` patterns behind it: an error costs no other name. A file is found once.
pub(crate) fn find_each(
    names: &[PathBuf],
    folder: &Path,
    rules: &FileRules,
    warnings: &mut Vec<String>,
) -> (Vec<PathBuf>, Vec<Error>) {
    let (mut files, mut known, mut errors) = (Vec::new(), HashSet::new(), Vec::new());
    let is_exclusion = |name: &&PathBuf| excluded(name).is_some();
    for (index, name) in names.iter().enumerate().filter(|(_, name)| !is_exclusion(name)) {
        let exclusions = names[index..].iter().filter(is_exclusion);
        let names: Vec<PathBuf> = [name].into_iter().chain(exclusions).cloned().collect();
        match find(&names, folder, rules, warnings) {
            Ok(found) => files.extend(found.into_iter().filter(|file| known.insert(file.clone()))),
            // Others may be left.
            Err(error) if matches!(error.downcast_ref(), Some(NoMatch::AllLeftOut(_))) => {}
            Err(error) => errors.push(error),
        }
    }
    if let (true, Some(last)) = (files.is_empty() && errors.is_empty(), names.last()) {
        errors.push(NoMatch::AllLeftOut(last.clone()).into());
    }
    if files.len() > MAX_FILES {
        errors.push(anyhow!("{} files match; at most {MAX_FILES} are allowed", files.len()));
        files.clear();
    }
    (files, errors)
}

/// Resolves names relative to `folder`, in their order; the matches of a pattern are sorted. A pattern with `!` in front
/// leaves out files that those before it found. Fails for any other name or pattern without a file: a build without its
/// artifact is a mistake.
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
        if let Some(excluded) = excluded(name) {
            let mut search = Search::new(folder, rules);
            search.pattern(excluded)?;
            let left_out: HashSet<PathBuf> =
                search.found.into_iter().chain([folder.join(excluded)]).collect();
            files.retain(|file| !left_out.contains(file));
            continue;
        }
        let path = folder.join(name);
        if !is_pattern(name) {
            if let Some(real_path) = rules.leads_out(&path).unwrap_or(None) {
                bail!("{}", describe_link(name, &real_path));
            }
            files.push(path);
            continue;
        }
        let mut search = Search::new(folder, rules);
        search.pattern(name)?;
        let (mut matching, skipped) = (search.found, search.skipped);
        warnings.extend(skipped.iter().take(MAX_SKIPPED).cloned());
        if skipped.len() > MAX_SKIPPED {
            warnings
                .push(format!("{} other links are skipped for such reasons", skipped.len() - MAX_SKIPPED));
        }
        // A file of this very name does not hide those that match.
        if path.is_file()
            && !matching.contains(&path)
            && rules.leads_out(&path).is_ok_and(|end| end.is_none())
        {
            matching.push(path);
        }
        if matching.len() > MAX_FILES {
            bail!("{} files match {}; at most {MAX_FILES} are allowed", matching.len(), name.display());
        }
        if matching.is_empty() {
            bail!(NoMatch::Nothing(name.clone()));
        }
        matching.sort();
        files.extend(matching.into_iter().filter(|file| found.insert(file.clone())));
    }
    if files.len() > MAX_FILES {
        bail!("{} files match; at most {MAX_FILES} are allowed", files.len());
    }
    if let (true, Some(name)) = (files.is_empty(), names.last()) {
        bail!(NoMatch::AllLeftOut(name.clone()));
    }
    Ok(files)
}

/// The pattern of files to leave out, if it is one: `!build/debug/**`.
fn excluded(name: &Path) -> Option<&Path> {
    name.to_str()?.strip_prefix('!').filter(|rest| !rest.is_empty()).map(Path::new)
}

fn is_pattern(name: &Path) -> bool {
    name.to_string_lossy().contains(['*', '?', '['])
}

fn describe_link(name: &Path, real_path: &Path) -> String {
    format!("{} is a link in the checkout that {}", name.display(), leads_to(real_path))
}

/// A search for the files that match one pattern.
struct Search<'a> {
    rules: &'a FileRules,
    folder: &'a Path,
    found: Vec<PathBuf>,
    /// Why files that match are left out.
    skipped: Vec<String>,
    /// The folders that were searched, without links, and the number of parts of the pattern that were left: links lead
    /// back to folders, and no folder needs to be searched twice for the same.
    visited: HashSet<(PathBuf, usize)>,
}

impl<'a> Search<'a> {
    fn new(folder: &'a Path, rules: &'a FileRules) -> Self {
        Self { rules, folder, found: Vec::new(), skipped: Vec::new(), visited: HashSet::new() }
    }

    fn pattern(&mut self, pattern: &Path) -> Result<()> {
        let mut start = self.folder.to_owned();
        let mut parts = Vec::new();
        for component in pattern.components() {
            let is_literal = parts.is_empty() && !is_pattern(component.as_os_str().as_ref());
            match component {
                Component::CurDir => {}
                _ if is_literal => start.push(component),
                Component::Normal(name) => parts.push(Part::parse(&name.to_string_lossy(), pattern)?),
                _ => bail!("invalid pattern {}: `..` cannot follow a wildcard", pattern.display()),
            }
        }
        self.search(&start, &parts);
        Ok(())
    }

    fn search(&mut self, folder: &Path, parts: &[Part]) {
        let Some((part, rest)) = parts.split_first() else { return };
        let is_new = fs::canonicalize(folder).is_ok_and(|real| self.visited.insert((real, parts.len())));
        if !is_new {
            return;
        }
        let leads_out = self.rules.leads_out(folder).unwrap_or(None);
        let visit = |search: &mut Self, entry: &Entry| {
            search.visit(&folder.join(&entry.name), entry, rest, &leads_out)
        };
        if let Part::Name(name) = part {
            let entry = folder
                .join(name)
                .symlink_metadata()
                .map(|metadata| Entry::new(name.into(), metadata.file_type()));
            return entry.into_iter().for_each(|entry| visit(self, &entry));
        }
        // A folder that cannot be read costs its own files only.
        let Ok(entries) = fs::read_dir(folder) else { return };
        let entry = |entry: DirEntry| Some(Entry::new(entry.file_name(), entry.file_type().ok()?));
        let mut entries: Vec<Entry> = entries.flatten().filter_map(entry).collect();
        entries.sort();
        if matches!(part, Part::AnyFolders) {
            self.search(folder, rest);
            if rest.is_empty() {
                entries.iter().for_each(|entry| visit(self, entry));
            }
            // `**` does not follow links.
            for entry in entries.iter().filter(|entry| entry.is_folder) {
                self.search(&folder.join(&entry.name), parts);
            }
            return;
        }
        for entry in &entries {
            if matches!(part, Part::Pattern(pattern) if pattern.matches_with(&entry.name.to_string_lossy(), OPTIONS))
            {
                visit(self, entry);
            }
        }
    }

    /// Takes a file, or searches a folder for the rest of the pattern.
    fn visit(&mut self, path: &Path, entry: &Entry, rest: &[Part], folder_leads_out: &Option<PathBuf>) {
        if !rest.is_empty() {
            if entry.is_folder || (entry.is_link && path.is_dir()) {
                self.search(path, rest);
            }
            return;
        }
        if entry.is_folder || (!entry.is_file && !path.is_file()) {
            return;
        }
        let leads_out = match entry.is_link {
            true => self.rules.leads_out(path),
            false => Ok(folder_leads_out.as_ref().map(|folder| folder.join(&entry.name))),
        };
        match leads_out {
            Ok(None) => self.found.push(path.to_owned()),
            Ok(Some(real_path)) => {
                let name = path.strip_prefix(self.folder).unwrap_or(path);
                self.skipped.push(format!("skipped: {}", describe_link(name, &real_path)));
            }
            Err(_) => {}
        }
    }
}

/// An entry of a folder. Files and folders come before links, so that they are found by their own names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    is_link: bool,
    name: OsString,
    is_folder: bool,
    is_file: bool,
}

impl Entry {
    fn new(name: OsString, kind: FileType) -> Self {
        Self { is_link: kind.is_symlink(), name, is_folder: kind.is_dir(), is_file: kind.is_file() }
    }
}

/// A part of a pattern, between slashes.
#[derive(Debug)]
enum Part {
    /// A name without wildcards.
    Name(String),
    /// A name with wildcards.
    Pattern(Pattern),
    /// `**`: any number of folders.
    AnyFolders,
}

impl Part {
    fn parse(text: &str, whole: &Path) -> Result<Self> {
        if text == "**" {
            return Ok(Self::AnyFolders);
        }
        if !is_pattern(text.as_ref()) {
            return Ok(Self::Name(text.to_owned()));
        }
        let pattern = Pattern::new(text).with_context(|| format!("invalid pattern {}", whole.display()))?;
        Ok(Self::Pattern(pattern))
    }
}
