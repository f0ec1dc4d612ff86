//! Reading artifacts: size, checksums and modification time of any file, and details of the formats in
//! [`FORMATS`].
//!
//! The parsers read untrusted files. They never panic, never allocate by a length that a file claims, and
//! stop at the limits that their constants set, and when they have worked too long. A child process runs them.

mod android;
mod apple;
mod archive;
mod budget;
mod bytes;
pub mod catalog;
mod checksum;
mod decompress;
mod details;
mod executable;
mod format;
mod header_fields;
mod inflate;
mod json_object;
mod linux;
mod magic;
mod parallel;
#[cfg(test)]
mod properties;
mod reading;
mod reports;
mod shown_names;
mod version;
mod windows;
mod xml;

use std::fs;
use std::io::{self, Read, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

pub use catalog::{Architecture, Filetype, Platform};
pub use details::{AndroidInfo, Details, IosInfo};
pub use format::{FORMATS, FileFormat};
pub use magic::Magic;
pub use reading::{COMMAND, read_details};
pub use shown_names::shown_names;
pub use version::Version;

use crate::file_rules;
use budget::ReadSeek;
use checksum::Checksums;
use parallel::in_parallel;
use reading::{DetailsReader, Outcome};

/// A file that CI built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// File name without its folder.
    pub filename: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// MD5 in lower-case hex.
    pub checksum_md5: String,
    /// SHA-256 in lower-case hex.
    pub checksum_sha256: String,
    /// Time of the last modification.
    pub modified_at: Option<Timestamp>,
    /// Buildstash's file type, by the file's name, and by its platform if the name allows several.
    pub filetype: Option<&'static Filetype>,
    /// Details from the content. The platform may also follow from the file type.
    pub details: Details,
}

/// The largest file, in bytes. A sparse file may have any size, and reading one takes forever.
const MAX_BYTES: u64 = 1 << 40;

/// Progress callback: bytes read since the last call. Several threads call it.
type OnRead<'a> = dyn Fn(u64) + Sync + 'a;

/// Gets artifacts that have been read, with the index of their files, and warnings about them.
type OnReady<'a> = dyn FnMut(Vec<(usize, Result<Artifact>)>, Vec<String>) + 'a;

/// Why the content of a file cannot be read.
#[derive(Debug)]
struct Damage(String);

impl From<&str> for Damage {
    fn from(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

impl From<String> for Damage {
    fn from(reason: String) -> Self {
        Self(reason)
    }
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl Artifact {
    /// Reads a file without looking into its content. Fails as [`Artifact::read_all`] does.
    pub fn read_without_details(path: &Path) -> Result<Self> {
        Self::open(path, &|_| ())
    }

    /// Reads files, several at once and the smallest first, then their details. `on_ready` gets all files, in the given order, if
    /// reading them takes less than half of `limit`; else those that have been read by then, and each of the others when it has been
    /// read. Reading the details of the files that it gets at once takes at most `limit`.
    ///
    /// A file whose details cannot be read has none and adds a warning, as does one that is damaged in part. Memory does not grow with the size of
    /// the files. A file fails if it cannot be read, is empty, too large or not a regular file, or if its content
    /// contradicts its extension. Warnings call the files by these names.
    pub fn read_all(
        paths: &[PathBuf],
        names: &[String],
        on_read: &OnRead<'_>,
        limit: Duration,
        on_ready: &mut OnReady<'_>,
    ) {
        let mut by_size: Vec<usize> = (0..paths.len()).collect();
        by_size.sort_by_cached_key(|index| fs::metadata(&paths[*index]).map_or(0, |file| file.len()));
        // Each file is closed before the next is opened: the system may allow few open files.
        let open = |index: &usize| Self::open(&paths[*index], on_read);
        in_parallel(&by_size, open, Instant::now() + limit / 2, &mut |opened| {
            let (mut reader, mut warnings) = (DetailsReader::new(limit), Vec::new());
            let mut opened: Vec<(usize, Result<Self>)> =
                opened.into_iter().map(|(place, artifact)| (by_size[place], artifact)).collect();
            opened.sort_by_key(|(index, _)| *index);
            let mut with_details = |(index, artifact): (usize, Result<Self>)| {
                let read = artifact.and_then(|artifact| {
                    artifact.with_details(&paths[index], &names[index], &mut reader, &mut warnings)
                });
                (index, read)
            };
            let read = opened.into_iter().map(&mut with_details).collect();
            on_ready(read, warnings);
        });
    }

    /// Adds the details from the content of the file.
    fn with_details(
        mut self,
        path: &Path,
        name: &str,
        reader: &mut DetailsReader,
        warnings: &mut Vec<String>,
    ) -> Result<Self> {
        match reader.read(path) {
            Outcome::Read(details, reports) => {
                let by_type = self.details.platform;
                self.filetype = self.filetype.map(|filetype| filetype.for_platform(details.platform));
                self.details = Details { platform: details.platform.or(by_type), ..*details };
                if !reports.is_empty() {
                    let reasons = reports.join("; ");
                    warnings.push(format!("{name}: some of its details are left out: {reasons}"));
                }
            }
            Outcome::Damaged(reason) => {
                if let Some(found) = magic::contradiction(reading::format_of(path), path) {
                    let extension = reading::extension(&self.filename);
                    bail!("the artifact {} is named .{extension} but is {found}", path.display());
                }
                warnings.push(format!("{name}: cannot read its details: {reason}"));
            }
            Outcome::GivenUp(reason) => {
                warnings.push(format!("{name}: its details are left out: {reason}"));
            }
        }
        Ok(self)
    }

    /// Reads everything but the details.
    fn open(path: &Path, on_read: &OnRead<'_>) -> Result<Self> {
        let shown = path.display();
        // Checked before opening: Windows cannot open a folder, and opening a pipe blocks until something
        // writes to it.
        let metadata = fs::metadata(path).with_context(|| format!("cannot read the artifact {shown}"))?;
        if !metadata.is_file() {
            bail!("the artifact {shown} is not a file; pack a folder into an archive first");
        }
        if metadata.len() > MAX_BYTES {
            let (size, limit) = (size_string(metadata.len()), size_string(MAX_BYTES));
            bail!("the artifact {shown} is {size}; artifacts are limited to {limit}");
        }
        let mut file =
            file_rules::open_regular(path).with_context(|| format!("cannot read the artifact {shown}"))?;
        let filename = match path.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => bail!("the artifact {shown} has no name"),
        };
        let Checksums { size, md5, sha256 } = checksum::checksums(&mut file, on_read)
            .with_context(|| format!("cannot read the artifact {shown}"))?;
        if size == 0 {
            bail!("the artifact {shown} is empty");
        }
        let filetype = catalog::find_filetype(&filename);
        let platform = filetype.and_then(|filetype| filetype.platform).and_then(catalog::find_platform);
        Ok(Self {
            size_bytes: size,
            checksum_md5: md5,
            checksum_sha256: sha256,
            modified_at: metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok()),
            filetype,
            details: Details { platform, ..Details::default() },
            filename,
        })
    }
}

/// Up to `limit` bytes from `start`.
fn read_from(source: &mut dyn ReadSeek, start: u64, limit: u64) -> Option<Vec<u8>> {
    source.seek(SeekFrom::Start(start)).ok()?;
    read_at_most(&mut *source, limit).ok()
}

/// The next bytes, up to `limit`, which must be a constant of the caller: it is allocated at once.
// NOTE: memory that is allocated but never written to costs nothing. A vector that grows would need up to
// three times the bytes read.
fn read_at_most(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(limit).unwrap_or(0));
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A size in units of 1024 with two decimals, as Buildstash writes it: `400.00 B`, `8.00 KB`, `3.39 MB`.
pub fn size_string(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit < UNITS.len() - 1 {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.2} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::size_string;

    #[test]
    fn sizes_match_buildstash() {
        for (bytes, text) in [
            (1, "1.00 B"),
            (400, "400.00 B"),
            (1023, "1023.00 B"),
            (8192, "8.00 KB"),
            (3_553_340, "3.39 MB"),
            (12_688_611, "12.10 MB"),
            (500_000_000_000, "465.66 GB"),
        ] {
            assert_eq!(size_string(bytes), text);
        }
    }
}
