//! What a file says about the build it holds.
//!
//! Any file tells its name, size, checksum and time. A type whose content tells more has a file here with one
//! function, `read`, which takes the open file and gives [`Details`]. Parsers read other people's files: they
//! never panic, never allocate by a length that they were merely told, and stop at the limits in their docs.

mod android;
mod apple;
mod archive;
mod bytes;
pub mod catalog;
mod checksum;
mod decompress;
mod details;
mod executable;
mod header_fields;
mod linux;
mod magic;
mod parallel;
#[cfg(test)]
mod properties;
mod version;
mod windows;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

pub use catalog::{Architecture, Filetype, Platform};
pub use details::{AndroidInfo, Details, IosInfo};
pub use version::Version;

use android::{aab, apk};
use apple::{ipa, pkg};
use archive::{package, tarball};
use linux::{deb, flatpak, rpm, snap};
use parallel::in_parallel;
use windows::msi;

/// What is known about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The file's name without its folder.
    pub filename: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Its MD5 in lower-case hex.
    pub checksum_md5: String,
    /// When it was last written.
    pub modified_at: Option<Timestamp>,
    /// Its type.
    pub filetype: Option<&'static Filetype>,
    /// What its content tells; the platform also by its type.
    pub details: Details,
}

/// Something that can be read from any place.
trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// What gets the number of bytes as they are read, from several threads.
type OnRead<'a> = dyn Fn(u64) + Sync + 'a;

/// Why the content of a file could not be read.
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
    /// Reads what any file tells, and nothing of its content: for files that accompany a build.
    pub fn read_plain(path: &Path) -> Result<Self> {
        Self::open(path, &|_| ()).map(|(artifact, _)| artifact)
    }

    /// Reads what the files tell, in their order, and hands the number of bytes to `on_read` as it reads them. One whose content is damaged tells what any file tells, with a
    /// warning.
    ///
    /// Files are read in pieces, several at once: memory does not grow with their size. Fails at the first that
    /// cannot be read, is empty, is not a file, or is plainly of another type than its name says.
    pub fn read_all(
        paths: &[PathBuf],
        on_read: &OnRead<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<Self>> {
        let opened = in_parallel(paths, |path| Self::open(path, on_read));
        let read = |(path, opened): (&PathBuf, Result<(Self, File)>)| {
            let (artifact, file) = opened?;
            artifact.with_content(path, file, warnings)
        };
        paths.iter().zip(opened).map(read).collect()
    }

    /// Adds what the content of the file tells.
    fn with_content(mut self, path: &Path, mut file: File, warnings: &mut Vec<String>) -> Result<Self> {
        let extension = extension_of(&self.filename, self.filetype);
        match read_content(&mut file, &extension) {
            Ok(details) => {
                let by_type = self.details.platform;
                self.details = Details { platform: details.platform.or(by_type), ..details };
            }
            Err(Damage(reason)) => {
                if let Some(found) = magic::other_than(&extension, &mut file) {
                    bail!("the artifact {} is named .{extension} but is {found}", path.display());
                }
                warnings.push(format!(
                    "{}: its content cannot be read ({reason}); only name, size and checksum are sent",
                    self.filename
                ));
            }
        }
        Ok(self)
    }

    /// Reads what any file tells.
    fn open(path: &Path, on_read: &OnRead<'_>) -> Result<(Self, File)> {
        let shown = path.display();
        // Windows opens no folder, and opening a pipe that nobody writes to would wait.
        let metadata = fs::metadata(path).with_context(|| format!("cannot read the artifact {shown}"))?;
        if !metadata.is_file() {
            bail!("the artifact {shown} is not a file; pack a folder into an archive first");
        }
        let mut file = File::open(path).with_context(|| format!("cannot read the artifact {shown}"))?;
        let filename = match path.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => bail!("the artifact {shown} has no name"),
        };
        let (size_bytes, checksum_md5) =
            checksum::md5(&mut file, on_read).with_context(|| format!("cannot read the artifact {shown}"))?;
        if size_bytes == 0 {
            bail!("the artifact {shown} is empty");
        }
        let filetype = catalog::filetype_of(&filename);
        let platform = filetype.and_then(|filetype| filetype.platform).and_then(catalog::platform_of);
        let artifact = Self {
            size_bytes,
            checksum_md5,
            modified_at: metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok()),
            filetype,
            details: Details { platform, ..Details::default() },
            filename,
        };
        Ok((artifact, file))
    }
}

/// The end of a file's name by which its content is read: that of its type, else, for types that Buildstash does
/// not list, what stands behind the last dot.
fn extension_of(filename: &str, filetype: Option<&Filetype>) -> String {
    match filetype {
        Some(filetype) => filetype.extension.to_owned(),
        None => filename.rsplit('.').next().unwrap_or_default().to_ascii_lowercase(),
    }
}

/// Reads the content of a file by the end of its name.
fn read_content(source: &mut dyn ReadSeek, extension: &str) -> Result<Details, Damage> {
    match extension {
        "aab" => aab::read(source),
        "apk" => apk::read(source),
        "appx" | "msix" => package::read_msix(source),
        "deb" => deb::read(source),
        "flatpak" => flatpak::read(source),
        "ipa" => ipa::read(source),
        "jar" | "war" => package::read_jar(source),
        "msi" => msi::read(source),
        "nupkg" => package::read_nupkg(source),
        "pkg" => pkg::read(source),
        "rpm" => rpm::read(source),
        "snap" => snap::read(source),
        "tar.gz" | "tgz" => tarball::read(source),
        "whl" => package::read_wheel(source),
        "axf" | "dll" | "dylib" | "elf" | "exe" | "ko" | "o" | "so" => {
            executable::read(source)?.ok_or_else(|| "it is no ELF, PE or Mach-O file".into())
        }
        // Under these names there may be anything.
        "" | "bin" | "out" | "run" | "unix" | "x86" | "x86_64" => {
            Ok(executable::read(source)?.unwrap_or_default())
        }
        "appimage" => {
            let details = executable::read(source)?.ok_or_else(|| Damage::from("it is no program"))?;
            Ok(Details { platform: catalog::platform_of("linux"), ..details })
        }
        _ => Ok(Details::default()),
    }
}

/// The bytes from `start`, `limit` of them at most.
fn read_from(source: &mut dyn ReadSeek, start: u64, limit: u64) -> Option<Vec<u8>> {
    source.seek(SeekFrom::Start(start)).ok()?;
    read_at_most(&mut *source, limit).ok()
}

/// The bytes that follow, `limit` of them at most, which is the reader's own limit.
// NOTE: the room is taken at once; what of it is not written to costs no memory. To let it grow would cost up to
// three times what is read.
fn read_at_most(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(limit).unwrap_or(0));
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A size in 1024s with two decimals, as Buildstash writes it: `400.00 B`, `8.00 KB`, `3.39 MB`.
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
    fn sizes_are_written_as_buildstash_writes_them() {
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
