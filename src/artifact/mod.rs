//! What a file says about the build it holds.

mod digest;
pub mod tables;
mod version;

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

pub use tables::{Architecture, Filetype, Platform};
pub use version::Version;

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
    /// The platform it is for.
    pub platform: Option<&'static Platform>,
    /// The architectures it runs on.
    pub architectures: Vec<&'static Architecture>,
    /// Its version.
    pub version: Option<Version>,
}

impl Artifact {
    /// Reads what any file tells: name, size, MD5 and time, and type and platform by the end of its name.
    ///
    /// The file is read once, in pieces: memory does not grow with its size. Fails if it cannot be read, is
    /// empty or is not a file.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("cannot read the artifact {shown}"))?;
        let metadata = file.metadata().with_context(|| format!("cannot read the artifact {shown}"))?;
        if !metadata.is_file() {
            bail!("the artifact {shown} is not a file; pack a folder into an archive first");
        }
        let filename = match path.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => bail!("the artifact {shown} has no name"),
        };
        let (size_bytes, checksum_md5) =
            digest::md5(file).with_context(|| format!("cannot read the artifact {shown}"))?;
        if size_bytes == 0 {
            bail!("the artifact {shown} is empty");
        }
        let filetype = tables::filetype_of(&filename);
        Ok(Self {
            size_bytes,
            checksum_md5,
            modified_at: metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok()),
            filetype,
            platform: filetype.and_then(|filetype| filetype.platform).and_then(tables::platform_of),
            architectures: Vec::new(),
            version: None,
            filename,
        })
    }
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
