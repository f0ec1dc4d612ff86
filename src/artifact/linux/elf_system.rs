//! The system that an ELF file is for: by its notes, else by its OS ABI, its program interpreter or its C library.

use super::elf::{Header, Segment};
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::{ReadSeek, read_from};

/// Segments or sections with notes to read.
const MAX_NOTES: usize = 16;
/// Bytes of notes to read from each.
const MAX_NOTE_BYTES: u64 = 4 << 10;
/// Bytes of the dynamic section to read.
const MAX_DYNAMIC_BYTES: u64 = 8 << 10;
/// Libraries to look at.
const MAX_LIBRARIES: usize = 64;
/// Bytes of the name of a library.
const MAX_NAME_BYTES: u64 = 64;

// Types of segments and sections.
const DYNAMIC_SEGMENT: u32 = 2;
const INTERPRETER_SEGMENT: u32 = 3;
const LOADED_SEGMENT: u32 = 1;
const NOTE_SEGMENT: u32 = 4;
const NOTE_SECTION: u32 = 7;

/// A system that the catalog does not have.
const UNLISTED: &str = "";

/// The identifier of the system's platform. `None` or [`UNLISTED`] if it is unknown.
pub(super) fn find(header: &Header, head: Bytes, source: &mut dyn ReadSeek) -> Option<&'static str> {
    by_notes(header, head, source, by_name)
        .or_else(|| by_os_abi(header.os_abi))
        .or_else(|| by_interpreter(header, head))
        .or_else(|| by_library(header, head, source))
        .or_else(|| {
            by_notes(header, head, source, by_compiler).filter(|_| interpreter(header, head).is_none())
        })
}

/// Programs and libraries have their notes in segments, object files and kernel modules in sections.
fn by_notes(
    header: &Header,
    head: Bytes,
    source: &mut dyn ReadSeek,
    system: fn(&Note) -> Option<&'static str>,
) -> Option<&'static str> {
    let segments = header.segments(head).filter(|segment| segment.kind == NOTE_SEGMENT);
    let mut notes: Vec<_> =
        segments.take(MAX_NOTES).map(|segment| (segment.offset, segment.size, segment.alignment)).collect();
    if header.segments(head).next().is_none() {
        let sections = header.sections(&mut *source).filter(|section| section.kind == NOTE_SECTION);
        notes = sections.take(MAX_NOTES).map(|section| (section.offset, section.size, 4)).collect();
    }
    notes.into_iter().find_map(|(offset, size, alignment)| {
        let notes = read_from(source, offset, MAX_NOTE_BYTES)?;
        let notes = notes.get(..usize::try_from(size).ok()?).unwrap_or(&notes);
        find_note(Bytes(notes), header.endian, if alignment == 8 { 8 } else { 4 }, system)
    })
}

/// A note.
struct Note<'a> {
    name: &'a str,
    note_type: u32,
    /// The first number of its content.
    number: Option<u32>,
}

/// What `system` returns for the first note for which it returns something.
fn find_note(
    mut notes: Bytes,
    endian: Endian,
    alignment: usize,
    system: fn(&Note) -> Option<&'static str>,
) -> Option<&'static str> {
    loop {
        let name_size = notes.usize(0, endian)?;
        let size = notes.usize(4, endian)?;
        let start = name_size.checked_add(12)?.checked_next_multiple_of(alignment)?;
        let note = Note {
            name: notes.slice(12, name_size)?.text(0).unwrap_or_default(),
            note_type: notes.u32(8, endian)?,
            number: notes.u32(start, endian),
        };
        if let Some(system) = system(&note) {
            return Some(system);
        }
        notes = notes.from(start.checked_add(size)?.checked_next_multiple_of(alignment)?)?;
    }
}

/// The system that a note names. Tools add notes with the name `GNU` on any system, so their type counts too.
fn by_name(note: &Note) -> Option<&'static str> {
    const VERSION: u32 = 1;
    Some(match (note.name, note.note_type) {
        ("GNU", VERSION) => match note.number? {
            0 => "linux",
            2 => "solaris",
            _ => UNLISTED,
        },
        ("Linux", _) => "linux",
        ("Android", VERSION) => "android",
        ("FreeBSD", VERSION) => "freebsd",
        ("NetBSD", VERSION) => "netbsd",
        ("OpenBSD", VERSION) => "openbsd",
        ("DragonFly", VERSION) => UNLISTED,
        _ => return None,
    })
}

/// Static programs of Go are for Linux if no note and no ABI is that of another system, because Go marks those for others.
fn by_compiler(note: &Note) -> Option<&'static str> {
    const BUILD_ID: u32 = 4;
    (note.name == "Go" && note.note_type == BUILD_ID).then_some("linux")
}

/// <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>, `EI_OSABI`.
fn by_os_abi(os_abi: u8) -> Option<&'static str> {
    Some(match os_abi {
        1 => "hp-ux",
        2 => "netbsd",
        3 => "linux",
        6 => "solaris",
        7 => "aix",
        9 => "freebsd",
        12 => "openbsd",
        _ => return None,
    })
}

/// The segment with the path of the dynamic loader.
fn interpreter(header: &Header, head: Bytes) -> Option<Segment> {
    header.segments(head).find(|segment| segment.kind == INTERPRETER_SEGMENT)
}

/// By the path of the dynamic loader. `ld.so.1` is Linux's in `/lib`, for MIPS, PowerPC, s390 and others, and Solaris's
/// elsewhere.
fn by_interpreter(header: &Header, head: Bytes) -> Option<&'static str> {
    let segment = interpreter(header, head)?;
    let path = head.text(usize::try_from(segment.offset).ok()?)?;
    let (folder, name) = path.rsplit_once('/')?;
    let systems = [
        ("linker", "android"),
        ("ld-linux", "linux"),
        ("ld-musl", "linux"),
        ("ld-uClibc", "linux"),
        ("ld64-uClibc", "linux"),
        ("ld64.so", "linux"),
        ("ld-elf.so.1", "freebsd"),
        ("ld-elf.so.2", UNLISTED),
        ("ld-elf32.so.1", "freebsd"),
        ("ld.elf_so", "netbsd"),
        ("ldqnx", "qnx"),
        ("runtime_loader", "haiku"),
    ];
    match (name, folder) {
        ("ld.so.1", "/lib" | "/lib32" | "/lib64") => Some("linux"),
        ("ld.so.1", _) => Some("solaris"),
        ("ld.so", "/usr/libexec") => Some("openbsd"),
        _ => systems.iter().find(|(start, _)| name.starts_with(start)).map(|(_, platform)| *platform),
    }
}

/// By the C library that a shared library needs: glibc, or musl, whose name Android's has too, but not together with that
/// of GCC. Those of other systems have a note or an OS ABI.
fn by_library(header: &Header, head: Bytes, source: &mut dyn ReadSeek) -> Option<&'static str> {
    const NEEDED: u64 = 1;
    const STRING_TABLE: u64 = 5;
    let dynamic = header.segments(head).find(|segment| segment.kind == DYNAMIC_SEGMENT)?;
    let entries = read_from(source, dynamic.offset, MAX_DYNAMIC_BYTES)?;
    let word = |at: usize| match header.is_64_bit {
        true => Bytes(&entries).u64(at * 8, header.endian),
        false => Bytes(&entries).u32(at * 4, header.endian).map(u64::from),
    };
    let entries =
        || (0..).step_by(2).map_while(|at| word(at).zip(word(at + 1))).take_while(|(tag, _)| *tag != 0);
    let (_, address) = entries().find(|(tag, _)| *tag == STRING_TABLE)?;
    let strings = file_offset(header.segments(head), address)?;
    let (mut is_musl, mut has_gcc) = (false, false);
    for (_, name) in entries().filter(|(tag, _)| *tag == NEEDED).take(MAX_LIBRARIES) {
        let name = read_from(source, strings.checked_add(name)?, MAX_NAME_BYTES)?;
        match Bytes(&name).text(0).unwrap_or_default() {
            "libc.so" => is_musl = true,
            "libgcc_s.so.1" => has_gcc = true,
            name if ["libc.so.6", "libc.musl-", "ld-linux"].iter().any(|start| name.starts_with(start)) => {
                return Some("linux");
            }
            _ => {}
        }
    }
    (is_musl && has_gcc).then_some("linux")
}

/// Where the content for an address in memory is in the file.
fn file_offset(mut segments: impl Iterator<Item = Segment>, address: u64) -> Option<u64> {
    segments.find_map(|segment| {
        let offset = address.checked_sub(segment.address).filter(|offset| *offset < segment.size)?;
        (segment.kind == LOADED_SEGMENT).then(|| segment.offset.checked_add(offset)).flatten()
    })
}
