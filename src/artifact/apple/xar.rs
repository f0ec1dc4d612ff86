//! xar: the archives that macOS installer packages are.
//!
//! <https://github.com/apple-oss-distributions/xar/wiki/xarformat>: a header, a table of contents in XML, and the files.

use std::io::{Read as _, SeekFrom};

use crate::artifact::budget::ELEMENT;
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::inflate::Inflate;
use crate::artifact::xml::{self, Reader, Token};
use crate::artifact::{Damage, ReadSeek, read_at_most};

/// Bytes of the table of contents, uncompressed.
const MAX_CONTENTS_BYTES: u64 = 4 << 20;
/// Bytes of a file, uncompressed.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Files to remember.
const MAX_FILES: usize = 100;

/// An open archive.
pub(super) struct Archive<'a> {
    source: &'a mut dyn ReadSeek,
    /// Where the files begin.
    start: u64,
    /// The files whose names were wanted.
    files: Vec<File>,
}

/// A file in the archive.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) name: String,
    offset: u64,
    length: u64,
    is_compressed: bool,
}

impl<'a> Archive<'a> {
    /// Reads the table of contents. Files with other names are left out.
    pub(super) fn open(source: &'a mut dyn ReadSeek, wanted: &[&str]) -> Result<Self, Damage> {
        source.seek(SeekFrom::Start(0))?;
        let header = read_at_most(&mut *source, 24)?;
        let header = Bytes(&header);
        let size = header.u16(4, Endian::Big).map(u64::from);
        let (size, length) = size.zip(header.u64(8, Endian::Big)).ok_or("truncated xar header")?;
        source.seek(SeekFrom::Start(size))?;
        let budget = source.budget().clone();
        let contents = Inflate::zlib((&mut *source).take(length), &budget);
        let contents = read_at_most(contents, MAX_CONTENTS_BYTES)?;
        let contents = xml::decode(&contents);
        let mut archive = Self { source, start: size.saturating_add(length), files: Vec::new() };
        archive.read_contents(&contents, wanted)?;
        Ok(archive)
    }

    /// Collects the files. Those in a folder are inside the folder's element.
    fn read_contents(&mut self, contents: &str, wanted: &[&str]) -> Result<(), Damage> {
        let mut reader = Reader::new(contents);
        let mut open: Vec<File> = Vec::new();
        let budget = self.source.budget().clone();
        let mut is_in_data = false;
        while let Some(token) = reader.next() {
            budget.spend(ELEMENT)?;
            match token {
                Token::Start(element) if element.name == "file" && !element.is_empty => {
                    if open.len() == MAX_FILES {
                        self.source.reports().add("too many folders in the installer");
                        return Ok(());
                    }
                    open.push(File::default());
                }
                Token::End("file") => {
                    let file = open.pop().filter(|file| wanted.contains(&file.name.as_str()));
                    if self.files.len() < MAX_FILES {
                        self.files.extend(file);
                    }
                }
                // An extended attribute has a name and an offset too.
                Token::Start(element) if element.name == "ea" => drop(reader.skip_element(element)),
                Token::Start(element) if element.name == "data" => is_in_data = !element.is_empty,
                Token::End("data") => is_in_data = false,
                Token::Start(element) => {
                    let Some(file) = open.last_mut() else { continue };
                    let mut number = || reader.content(element).and_then(|text| text.trim().parse().ok());
                    match element.name {
                        "name" if !is_in_data => file.name = reader.content(element).unwrap_or_default(),
                        "offset" if is_in_data => file.offset = number().unwrap_or(0),
                        "length" if is_in_data => file.length = number().unwrap_or(0),
                        "encoding" if is_in_data => {
                            file.is_compressed =
                                element.attribute("style").as_deref() == Some("application/x-gzip");
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The files, in the order of the table of contents.
    pub(super) fn files(&self) -> &[File] {
        &self.files
    }

    /// The content of a file, as text. The compression named gzip is zlib.
    pub(super) fn read_text(&mut self, file: &File) -> Result<String, Damage> {
        let budget = self.source.budget().clone();
        self.source.seek(SeekFrom::Start(self.start.saturating_add(file.offset)))?;
        let content = (&mut *self.source).take(file.length);
        let bytes = match file.is_compressed {
            true => read_at_most(Inflate::zlib(content, &budget), MAX_FILE_BYTES)?,
            false => read_at_most(content, MAX_FILE_BYTES)?,
        };
        Ok(xml::decode(&bytes).into_owned())
    }
}
