//! msi: a Windows Installer package, which is a database in a compound file.
//!
//! The architecture is in the summary information,
//! <https://learn.microsoft.com/windows/win32/msi/summary-property-descriptions>, the version in the property
//! `ProductVersion`, <https://learn.microsoft.com/windows/win32/msi/productversion>.

use super::compound_file::{self, CompoundFile};
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::format::FileFormat;
use crate::artifact::{Architecture, Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["msi"], magics: &[compound_file::MAGIC], read };

/// Bytes of a table to read.
const MAX_TABLE_BYTES: usize = 2 << 20;
/// Bytes of the string data to read.
const MAX_STRINGS_BYTES: usize = 16 << 20;

/// Reads version and architecture. The fourth number of the version is the build number.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let reports = source.reports().clone();
    let mut file = CompoundFile::open(source)?;
    let summary: Vec<u16> = "\u{5}SummaryInformation".encode_utf16().collect();
    let summary =
        file.stream(&summary, MAX_TABLE_BYTES).and_then(|stream| Ok(stream.ok_or("no summary information")?));
    // Each is read, also if the other is damaged.
    let (summary, version) = match (summary, version(&mut file)) {
        (Err(damage), Err(_)) => return Err(damage),
        (summary, version) => (reports.value(summary).unwrap_or_default(), reports.value(version).flatten()),
    };
    Ok(Details {
        platform: catalog::find_platform("windows"),
        architectures: architecture(Bytes(&summary)).into_iter().collect(),
        ..Details::with_version(version.as_deref())
    })
}

/// The architecture in the summary's `Template` property: `x64;1033`.
/// <https://learn.microsoft.com/openspecs/windows_protocols/ms-oleps>
fn architecture(summary: Bytes) -> Option<&'static Architecture> {
    const TEMPLATE: u32 = 7;
    let section = summary.from(summary.usize(44, Endian::Little)?)?;
    let count = section.usize(4, Endian::Little)?.min(100);
    let entry = (0..count)
        .map_while(|index| section.slice(8 + index * 8, 8))
        .find(|entry| entry.u32(0, Endian::Little) == Some(TEMPLATE))?;
    let text = section.text(entry.usize(4, Endian::Little)?.checked_add(8)?)?;
    catalog::find_architecture(match text.split([';', ',']).next()? {
        "x64" | "AMD64" => "x64",
        "Intel" => "x86",
        "Intel64" => "ia64",
        "Arm64" => "arm64v8",
        "Arm" => "armv7",
        _ => return None,
    })
}

/// The value of `ProductVersion` in the `Property` table.
fn version(file: &mut CompoundFile) -> Result<Option<String>, Damage> {
    let missing = "no Property table";
    let pool = file.stream(&table_name("_StringPool"), MAX_TABLE_BYTES)?.ok_or(missing)?;
    let data = file.stream(&table_name("_StringData"), MAX_STRINGS_BYTES)?.ok_or(missing)?;
    let table = file.stream(&table_name("Property"), MAX_TABLE_BYTES)?.ok_or(missing)?;
    let strings = Strings { pool: Bytes(&pool), data: Bytes(&data) };
    let size = strings.reference_size();
    // Tables are stored by column.
    let (names, values) = table.split_at(table.len() / (2 * size) * size);
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let wanted = strings.position(b"ProductVersion");
    let row = names.chunks_exact(size).position(|name| Some(number(name)) == wanted);
    let value =
        row.and_then(|row| values.chunks_exact(size).nth(row)).and_then(|value| strings.get(number(value)));
    Ok(value.map(|text| String::from_utf8_lossy(text).into_owned()))
}

/// The strings of the database, numbered from 1.
struct Strings<'a> {
    /// The code page, then the length and reference count of each string.
    pool: Bytes<'a>,
    /// All strings, one after the other.
    data: Bytes<'a>,
}

impl<'a> Strings<'a> {
    /// Bytes of a string number.
    fn reference_size(&self) -> usize {
        match self.pool.u16(2, Endian::Little) {
            Some(flags) if flags & 0x8000 != 0 => 3,
            _ => 2,
        }
    }

    /// The strings and their numbers.
    fn iter(&self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let (pool, data) = (self.pool, self.data);
        let (mut at, mut start, mut number) = (4, 0usize, 0);
        std::iter::from_fn(move || {
            let mut length = usize::from(pool.u16(at, Endian::Little)?);
            // For a string of 64 KB or more, the next entry is its length.
            if length == 0 && pool.u16(at + 2, Endian::Little)? != 0 {
                at += 4;
                length = pool.u16(at, Endian::Little)? as usize
                    | (pool.u16(at + 2, Endian::Little)? as usize) << 16;
            }
            at += 4;
            number += 1;
            let string = data.slice(start, length)?;
            start += length;
            Some((number, string.0))
        })
    }

    fn position(&self, wanted: &[u8]) -> Option<usize> {
        self.iter().find(|(_, string)| *string == wanted).map(|(number, _)| number)
    }

    fn get(&self, wanted: usize) -> Option<&'a [u8]> {
        self.iter().find(|(number, _)| *number == wanted).map(|(_, string)| string)
    }
}

/// The stream name of a table: a marker, then two characters per code unit from U+3800 on. A single last
/// character is encoded from U+4800 on.
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
