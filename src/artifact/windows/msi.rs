//! msi: a package for the Windows Installer, which is a database in a compound file.
//!
//! <https://learn.microsoft.com/windows/win32/msi/summary-property-descriptions> gives the architecture, the property
//! <https://learn.microsoft.com/windows/win32/msi/productversion> the version. Of each table at most [`TABLE`] bytes are read, of
//! the texts [`TEXTS`].

use super::compound_file::CompoundFile;
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::{Architecture, Damage, Details, ReadSeek, catalog};

/// Bytes of a table.
const TABLE: usize = 2 << 20;
/// Bytes of all texts together.
const TEXTS: usize = 16 << 20;

/// Version, of four numbers the last as build number, and architecture.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut file = CompoundFile::open(source)?;
    let summary: Vec<u16> = "\u{5}SummaryInformation".encode_utf16().collect();
    let summary = file.stream(&summary, TABLE)?.ok_or("it has no summary")?;
    let version = version(&mut file)?;
    Ok(Details {
        platform: catalog::platform_of("windows"),
        architectures: architecture(Bytes(&summary)).into_iter().collect(),
        ..Details::with_version(version.as_deref())
    })
}

/// What the `Template` of the summary says: `x64;1033`.
/// <https://learn.microsoft.com/openspecs/windows_protocols/ms-oleps>
fn architecture(summary: Bytes) -> Option<&'static Architecture> {
    const TEMPLATE: u32 = 7;
    let section = summary.from(summary.place(44, Endian::Little)?)?;
    let count = section.place(4, Endian::Little)?.min(100);
    let entry = (0..count)
        .map_while(|index| section.slice(8 + index * 8, 8))
        .find(|entry| entry.u32(0, Endian::Little) == Some(TEMPLATE))?;
    let text = section.text(entry.place(4, Endian::Little)?.checked_add(8)?)?;
    catalog::architecture_of(match text.split([';', ',']).next()? {
        "x64" | "AMD64" => "x64",
        "Intel" => "x86",
        "Intel64" => "ia64",
        "Arm64" => "arm64v8",
        "Arm" => "armv7",
        _ => return None,
    })
}

/// The value of `ProductVersion` in the table `Property`.
fn version(file: &mut CompoundFile) -> Result<Option<String>, Damage> {
    let missing = "it has no properties";
    let pool = file.stream(&table_name("_StringPool"), TABLE)?.ok_or(missing)?;
    let texts = file.stream(&table_name("_StringData"), TEXTS)?.ok_or(missing)?;
    let table = file.stream(&table_name("Property"), TABLE)?.ok_or(missing)?;
    let texts = Texts { pool: Bytes(&pool), texts: Bytes(&texts) };
    let size = texts.reference_size();
    // The columns stand one after the other.
    let (names, values) = table.split_at(table.len() / (2 * size) * size);
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let wanted = texts.position(b"ProductVersion");
    let row = names.chunks_exact(size).position(|name| Some(number(name)) == wanted);
    let value =
        row.and_then(|row| values.chunks_exact(size).nth(row)).and_then(|value| texts.get(number(value)));
    Ok(value.map(|text| String::from_utf8_lossy(text).into_owned()))
}

/// The texts of the database, which are numbered from 1.
struct Texts<'a> {
    /// Of each text its length and how often it is used, behind the code page.
    pool: Bytes<'a>,
    /// All texts in a row.
    texts: Bytes<'a>,
}

impl<'a> Texts<'a> {
    /// Bytes of a text's number.
    fn reference_size(&self) -> usize {
        match self.pool.u16(2, Endian::Little) {
            Some(flags) if flags & 0x8000 != 0 => 3,
            _ => 2,
        }
    }

    /// Each text with its number.
    fn iter(&self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let (pool, texts) = (self.pool, self.texts);
        let (mut at, mut start, mut number) = (4, 0usize, 0);
        std::iter::from_fn(move || {
            let mut length = usize::from(pool.u16(at, Endian::Little)?);
            // A text of 64 KB or more: the high half of its length stands where others are counted.
            if length == 0 && pool.u16(at + 2, Endian::Little)? != 0 {
                at += 4;
                length = pool.u16(at, Endian::Little)? as usize
                    | (pool.u16(at + 2, Endian::Little)? as usize) << 16;
            }
            at += 4;
            number += 1;
            let text = texts.slice(start, length)?;
            start += length;
            Some((number, text.0))
        })
    }

    fn position(&self, wanted: &[u8]) -> Option<usize> {
        self.iter().find(|(_, text)| *text == wanted).map(|(number, _)| number)
    }

    fn get(&self, wanted: usize) -> Option<&'a [u8]> {
        self.iter().find(|(number, _)| *number == wanted).map(|(_, text)| text)
    }
}

/// The name of a table's stream: a mark, then two characters of 64 in one beyond U+3800, a last single one beyond
/// U+4800.
fn table_name(name: &str) -> Vec<u16> {
    const CHARACTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    let code = |byte: u8| CHARACTERS.iter().position(|known| *known == byte).map_or(0, |at| at as u16);
    let pairs = name.as_bytes().chunks(2).map(|pair| match *pair {
        [first, second] => 0x3800 + code(first) + (code(second) << 6),
        [first] => 0x4800 + code(first),
        _ => 0,
    });
    std::iter::once(0x4840).chain(pairs).collect()
}
