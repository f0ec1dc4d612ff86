//! The search for the files that match a pattern. The author of a pull request writes what it passes: each folder is checked
//! once, relative to the one above, and depth and time are limited.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, DirEntry, FileType};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::describe_link;
use super::path_pattern::{Part, PathPattern};
use crate::file_rules::FileRules;

/// The most folders between the start of a pattern and a file.
pub(super) const MAX_DEPTH: usize = 100;

/// A search for the files that match one pattern.
pub(super) struct Search<'a> {
    rules: &'a FileRules,
    folder: &'a Path,
    until: Instant,
    pub(super) found: Vec<PathBuf>,
    /// Why files that match are left out.
    pub(super) skipped: Vec<String>,
    /// Whether there were folders below [`MAX_DEPTH`].
    pub(super) is_too_deep: bool,
    /// Whether the search has stopped before its end.
    pub(super) is_out_of_time: bool,
    /// The folders that were searched, without links, and the number of parts of the pattern that were left: links lead
    /// back to folders, and no folder needs to be searched twice for the same.
    visited: HashSet<(PathBuf, usize)>,
}

/// A folder that the search has reached.
struct Folder {
    path: PathBuf,
    /// The path without links.
    real_path: PathBuf,
    /// Where it is, if a link leads out of the checkout.
    leads_out: Option<PathBuf>,
    depth: usize,
}

impl Folder {
    /// Resolves the links of a path. `None` if it cannot be resolved.
    fn resolve(path: PathBuf, depth: usize, rules: &FileRules) -> Option<Self> {
        let leads_out = rules.leads_out(&path).ok()?;
        Some(Self { real_path: fs::canonicalize(&path).ok()?, leads_out, path, depth })
    }

    /// An entry of this folder that is a folder, or a link to one.
    fn child(&self, entry: &Entry, rules: &FileRules) -> Option<Self> {
        let (path, depth) = (self.path.join(&entry.name), self.depth + 1);
        if entry.is_link {
            return Self::resolve(path, depth, rules);
        }
        let leads_out = self.leads_out.as_ref().map(|folder| folder.join(&entry.name));
        Some(Self { path, real_path: self.real_path.join(&entry.name), leads_out, depth })
    }
}

impl<'a> Search<'a> {
    pub(super) fn new(folder: &'a Path, rules: &'a FileRules, until: Instant) -> Self {
        Self {
            rules,
            folder,
            until,
            found: Vec::new(),
            skipped: Vec::new(),
            is_too_deep: false,
            is_out_of_time: false,
            visited: HashSet::new(),
        }
    }

    /// Adds the files that match.
    pub(super) fn pattern(&mut self, pattern: &PathPattern) {
        if let Some(start) = Folder::resolve(pattern.start.clone(), 0, self.rules) {
            self.search(&start, &pattern.parts);
        }
    }

    fn search(&mut self, folder: &Folder, parts: &[Part]) {
        let Some((part, rest)) = parts.split_first() else { return };
        if folder.depth > MAX_DEPTH {
            self.is_too_deep = true;
            return;
        }
        if self.must_stop() || !self.visited.insert((folder.real_path.clone(), parts.len())) {
            return;
        }
        if let Part::Name(name) = part {
            if let Ok(metadata) = folder.path.join(name).symlink_metadata() {
                self.visit(folder, &Entry::new(name.into(), metadata.file_type()), rest);
            }
            return;
        }
        // A folder that cannot be read costs its own files only.
        let Ok(entries) = fs::read_dir(&folder.path) else { return };
        let entry = |entry: DirEntry| Some(Entry::new(entry.file_name(), entry.file_type().ok()?));
        let until = self.until;
        let in_time = entries.flatten().take_while(|_| Instant::now() < until);
        let mut entries: Vec<Entry> = in_time.filter_map(entry).collect();
        entries.sort();
        if matches!(part, Part::AnyFolders) {
            self.search(folder, rest);
            if rest.is_empty() {
                entries.iter().for_each(|entry| self.visit(folder, entry, rest));
            }
            // `**` does not follow links.
            for entry in entries.iter().filter(|entry| entry.is_folder) {
                if let Some(child) = folder.child(entry, self.rules) {
                    self.search(&child, parts);
                }
            }
            return;
        }
        for entry in entries.iter().filter(|entry| part.matches(&entry.name.to_string_lossy())) {
            self.visit(folder, entry, rest);
        }
    }

    /// Takes a file, or searches a folder for the rest of the pattern.
    fn visit(&mut self, folder: &Folder, entry: &Entry, rest: &[Part]) {
        if self.must_stop() {
            return;
        }
        let path = folder.path.join(&entry.name);
        if !rest.is_empty() {
            if (entry.is_folder || (entry.is_link && path.is_dir()))
                && let Some(child) = folder.child(entry, self.rules)
            {
                self.search(&child, rest);
            }
            return;
        }
        if entry.is_folder || (!entry.is_file && !path.is_file()) {
            return;
        }
        let leads_out = match entry.is_link {
            true => self.rules.leads_out(&path),
            false => Ok(folder.leads_out.as_ref().map(|folder| folder.join(&entry.name))),
        };
        match leads_out {
            Ok(None) => self.found.push(path),
            Ok(Some(real_path)) => {
                let name = path.strip_prefix(self.folder).unwrap_or(&path);
                self.skipped.push(format!("skipped: {}", describe_link(name, &real_path)));
            }
            Err(_) => {}
        }
    }

    fn must_stop(&mut self) -> bool {
        self.is_out_of_time = self.is_out_of_time || Instant::now() >= self.until;
        self.is_out_of_time
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
