//! The file formats whose content is read: each is a `FORMAT` in its own file, listed here.

use super::magic::Magic;
use super::{Damage, Details, ReadSeek};
use super::{android, apple, archive, executable, linux, windows};

/// How files of one format are recognized and read.
pub struct FileFormat {
    /// File name extensions, in lower case and without the leading dot; `""` for names without one.
    pub extensions: &'static [&'static str],
    /// How such files begin. Empty if any content is fine.
    pub magics: &'static [Magic],
    /// Reads the details. Fails if the content is damaged.
    pub(super) read: fn(&mut dyn ReadSeek) -> Result<Details, Damage>,
}

/// All formats. Files with any other extension are read as programs, if they begin like one.
pub const FORMATS: &[FileFormat] = &[
    android::aab::FORMAT,
    android::apk::FORMAT,
    android::apks::FORMAT,
    apple::ipa::FORMAT,
    apple::pkg::FORMAT,
    apple::zipped_app::FORMAT,
    archive::jar::FORMAT,
    archive::nupkg::FORMAT,
    archive::tarball::FORMAT,
    archive::wheel::FORMAT,
    executable::ANY_CONTENT,
    executable::FORMAT,
    linux::appimage::FORMAT,
    linux::deb::FORMAT,
    linux::flatpak::FORMAT,
    linux::rpm::FORMAT,
    linux::snap::FORMAT,
    windows::msi::FORMAT,
    windows::msix::FORMAT,
];

/// The format of files with this extension.
pub(super) fn by_extension(extension: &str) -> &'static FileFormat {
    let format = FORMATS.iter().find(|format| format.extensions.contains(&extension));
    format.unwrap_or(&executable::ANY_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::FORMATS;

    #[test]
    fn an_extension_belongs_to_one_format() {
        let mut extensions: Vec<&str> =
            FORMATS.iter().flat_map(|format| format.extensions).copied().collect();
        extensions.sort_unstable();
        let twice: Vec<_> = extensions.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert!(extensions.iter().all(|extension| *extension == extension.to_ascii_lowercase()));
    }
}
