//! What a file plainly is, by its first bytes.

use std::io::SeekFrom;

use super::apple::macho;
use super::archive::zip;
use super::linux::{deb, elf, squashfs};
use super::windows::{compound_file, pe};
use super::{ReadSeek, read_at_most};

/// What a file named `.extension` is instead, if its first bytes say so plainly.
pub(super) fn other_than(extension: &str, source: &mut dyn ReadSeek) -> Option<&'static str> {
    source.seek(SeekFrom::Start(0)).ok()?;
    let head = read_at_most(&mut *source, 512).ok()?;
    let found = describe(&head)?;
    let is_right = match extension {
        "aab" | "apk" | "appx" | "ipa" | "jar" | "msix" | "nupkg" | "war" | "whl" => found == ZIP,
        "deb" => found == AR,
        "flatpak" => found == FLATPAK,
        "msi" => found == COMPOUND,
        "rpm" => found == RPM,
        "snap" => found == SQUASHFS,
        "tar.gz" | "tgz" => found == GZIP,
        _ => [ELF, PE, MACHO].contains(&found),
    };
    (!is_right).then_some(found)
}

const ZIP: &str = "a zip archive";
const GZIP: &str = "gzip data";
const RPM: &str = "an RPM package";
const AR: &str = "an ar archive or a Debian package";
const FLATPAK: &str = "a flatpak bundle";
const COMPOUND: &str = "a compound file, as msi packages and old Office documents are";
const SQUASHFS: &str = "a SquashFS image";
const ELF: &str = "an ELF file";
const PE: &str = "a Windows executable";
const MACHO: &str = "a Mach-O file";

fn describe(head: &[u8]) -> Option<&'static str> {
    let signatures: [(&[u8], &str); 19] = [
        (zip::MAGIC, ZIP),
        (elf::MAGIC, ELF),
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"GIF8", "a GIF image"),
        (b"%PDF-", "a PDF document"),
        (b"\x1f\x8b", GZIP),
        (b"\xfd7zXZ", "xz data"),
        (b"\x28\xb5\x2f\xfd", "Zstandard data"),
        (b"7z\xbc\xaf", "a 7-Zip archive"),
        (b"Rar!", "a RAR archive"),
        (deb::MAGIC, AR),
        (b"flatpak\0", FLATPAK),
        (compound_file::MAGIC, COMPOUND),
        (squashfs::MAGIC, SQUASHFS),
        (b"\xed\xab\xee\xdb", RPM),
        (b"<!DOCTYPE html", "an HTML page"),
        (b"<html", "an HTML page"),
        (pe::MAGIC, PE),
    ];
    let known = signatures.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name);
    known.or_else(|| macho::is_magic(head).then_some(MACHO))
}
