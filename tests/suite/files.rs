//! Builds files for tests byte by byte: archives, programs, app bundles.

use std::io::Write;

/// A zip archive of files: name, content and whether to compress it.
pub fn archive(files: &[(&str, &[u8], bool)]) -> Vec<u8> {
    zip(files.iter().map(|(name, content, is_compressed)| match is_compressed {
        true => (*name, deflate(content), content.len(), DEFLATE),
        false => (*name, content.to_vec(), content.len(), 0),
    }))
}

/// The compression method of zip archives.
pub const DEFLATE: u8 = 8;

/// A zip archive of entries: name, data, the size that the content claims to have, and compression method.
pub fn zip<'a>(entries: impl IntoIterator<Item = (&'a str, Vec<u8>, usize, u8)>) -> Vec<u8> {
    let (mut bytes, mut directory, mut count) = (Vec::new(), Vec::new(), 0_usize);
    for (name, data, size, method) in entries {
        let offset = u32::try_from(bytes.len()).unwrap();
        let mut common = Vec::new();
        common.extend([20, 0, 0, 0, method, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        common.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        common.extend(u32::try_from(size).unwrap().to_le_bytes());
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(&data);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        count += 1;
    }
    // Larger numbers do not fit, and readers do not need it.
    let count = (count as u16).to_le_bytes();
    let offset = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(size);
    bytes.extend(offset);
    bytes.extend([0, 0]);
    bytes
}

/// Content as DEFLATE data.
pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// gzip data with this content.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A Zstandard frame with this content in one block, which is not compressed. Fits 256 bytes to 64 KB.
pub fn zstd(content: &[u8]) -> Vec<u8> {
    let size = u16::try_from(content.len() - 256).unwrap();
    let block = (content.len() as u32) << 3 | 1;
    [b"\x28\xb5\x2f\xfd\x60", &size.to_le_bytes()[..], &block.to_le_bytes()[..3], content].concat()
}

/// An XML property list with string values. A value that begins with `<` is inserted as is.
pub fn property_list(entries: &[(&str, &str)]) -> String {
    let entry = |(key, value): &(&str, &str)| match value.starts_with('<') {
        true => format!("<key>{key}</key>{value}"),
        false => format!("<key>{key}</key><string>{value}</string>"),
    };
    let entries: String = entries.iter().map(entry).collect();
    format!("<?xml version=\"1.0\"?><plist version=\"1.0\"><dict>{entries}</dict></plist>")
}

/// A provisioning profile in an imitation of its signed envelope.
pub fn profile(debuggable: bool) -> Vec<u8> {
    let list = property_list(&[
        ("UUID", "a1b2c3d4-e5f6-7890-abcd-ef1234567890"),
        ("TeamName", "Example Team"),
        ("TeamIdentifier", "<array><string>ABC123DEF4</string></array>"),
        ("ExpirationDate", "<date>2026-12-31T23:59:59Z</date>"),
        ("Entitlements", &format!("<dict><key>get-task-allow</key><{debuggable}/></dict>")),
    ]);
    [
        &b"\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"[..],
        list.as_bytes(),
        b"\x00\x01signature",
    ]
    .concat()
}

/// A 64-bit Mach-O header with this CPU type and platform number.
pub fn macho(cpu: u32, platform: u32) -> Vec<u8> {
    let words = [0xfeed_facf, cpu, 0, 2, 1, 24, 0, 0, 0x32, 24, platform, 0, 0, 0];
    words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect()
}

/// A fat Mach-O file with these CPU types and slices.
pub fn fat_macho(slices: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut content: Vec<u8> = Vec::new();
    bytes.extend(0xcafe_babe_u32.to_be_bytes());
    bytes.extend(u32::try_from(slices.len()).unwrap().to_be_bytes());
    let start = 8 + slices.len() * 20;
    for (cpu, slice) in slices {
        let offset = u32::try_from(start + content.len()).unwrap();
        let size = u32::try_from(slice.len()).unwrap();
        bytes.extend([*cpu, 0, offset, size, 0].iter().flat_map(|word| word.to_be_bytes()));
        content.extend(slice);
    }
    bytes.extend(content);
    bytes
}

/// A 64-bit little-endian ELF header with this machine number and program interpreter.
pub fn elf(machine: u16, interpreter: &str) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend(machine.to_le_bytes());
    bytes.resize(32, 0);
    bytes.extend(64u64.to_le_bytes());
    bytes.resize(54, 0);
    bytes.extend(56u16.to_le_bytes());
    bytes.extend(1u16.to_le_bytes());
    bytes.resize(64, 0);
    bytes.extend(3u32.to_le_bytes());
    bytes.extend(0u32.to_le_bytes());
    bytes.extend(120u64.to_le_bytes());
    bytes.resize(120, 0);
    bytes.extend(interpreter.as_bytes());
    bytes.push(0);
    bytes
}

/// A 64-bit little-endian ELF file with this machine number, OS ABI and segments: type and content.
pub fn elf_with(machine: u16, os_abi: u8, segments: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = elf(machine, "");
    bytes.truncate(64);
    bytes[7] = os_abi;
    bytes[56..58].copy_from_slice(&(segments.len() as u16).to_le_bytes());
    let mut offset = 64 + 56 * segments.len() as u64;
    for (kind, content) in segments {
        let size = content.len() as u64;
        bytes.extend(kind.to_le_bytes());
        bytes.extend(4u32.to_le_bytes());
        bytes.extend([offset, offset, offset, size, size, 4].iter().flat_map(|word| word.to_le_bytes()));
        offset += size;
    }
    segments.iter().for_each(|(_, content)| bytes.extend(content));
    bytes
}

/// A note of an ELF file, without padding of its content.
pub fn note(name: &str, note_type: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [name.len() as u32 + 1, content.len() as u32, note_type] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(name.as_bytes());
    bytes.resize((bytes.len() + 1).next_multiple_of(4), 0);
    bytes.extend(content);
    bytes
}

/// A regular file in a tar archive.
pub fn tar_entry(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(124, 0);
    bytes.extend(format!("{:011o}\0", content.len()).bytes());
    bytes.resize(156, 0);
    bytes.push(b'0');
    bytes.resize(512, 0);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A xar archive of files: path and content. The content of every second one is compressed.
pub fn xar(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut contents, mut heap) = (String::new(), vec![0; 20]);
    for (index, (path, content)) in files.iter().enumerate() {
        let (folder, name) = path.split_once('/').unwrap_or(("", path));
        let (data, style) = match index % 2 {
            0 => (zlib(content.as_bytes()), "application/x-gzip"),
            _ => (content.as_bytes().to_vec(), "application/octet-stream"),
        };
        let file = format!(
            "<file id=\"1\"><ea><name>com.example</name><offset>0</offset></ea><data><length>{}</length>\
             <encoding style=\"{style}\"/><offset>{}</offset><size>{}</size></data><name>{name}</name></file>",
            data.len(),
            heap.len(),
            content.len(),
        );
        contents += &match folder {
            "" => file,
            _ => format!("<file id=\"2\"><name>{folder}</name><type>directory</type>{file}</file>"),
        };
        heap.extend(data);
    }
    let contents = format!("<?xml version=\"1.0\"?><xar><toc><checksum/>{contents}</toc></xar>");
    xar_with(contents.as_bytes(), &heap)
}

/// A xar archive with this table of contents.
pub fn xar_with(contents: &[u8], heap: &[u8]) -> Vec<u8> {
    let compressed = zlib(contents);
    let mut bytes = b"xar!\0\x1c\0\x01".to_vec();
    bytes.extend((compressed.len() as u64).to_be_bytes());
    bytes.extend((contents.len() as u64).to_be_bytes());
    bytes.extend([0, 0, 0, 1]);
    [&bytes, &compressed, heap].concat()
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An rpm package of this type (0 binary, 1 source) with these strings and numbers by their tags.
pub fn rpm(package_type: u8, strings: &[(u32, &str)], numbers: &[(u32, u32)]) -> Vec<u8> {
    let mut bytes = b"\xed\xab\xee\xdb\x03\0\0".to_vec();
    bytes.push(package_type);
    bytes.resize(96, 0);
    bytes.extend(b"\x8e\xad\xe8\x01\0\0\0\0\0\0\0\0\0\0\0\0");
    let (mut index, mut store) = (Vec::new(), Vec::new());
    for (tag, number) in numbers {
        index.extend([*tag, 4, store.len() as u32, 1].iter().flat_map(|word| word.to_be_bytes()));
        store.extend(number.to_be_bytes());
    }
    for (tag, string) in strings {
        index.extend([*tag, 6, store.len() as u32, 1].iter().flat_map(|word| word.to_be_bytes()));
        store.extend([string.as_bytes(), b"\0"].concat());
    }
    bytes.extend(b"\x8e\xad\xe8\x01\0\0\0\0");
    bytes.extend((index.len() as u32 / 16).to_be_bytes());
    bytes.extend((store.len() as u32).to_be_bytes());
    [bytes, index, store].concat()
}

/// A 32-bit little-endian ARM ELF file with build attributes.
pub fn arm_firmware(architecture: u8, profile: u8) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x01\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend(40u16.to_le_bytes());
    bytes.resize(32, 0);
    bytes.extend(52u32.to_le_bytes());
    bytes.resize(46, 0);
    bytes.extend(40u16.to_le_bytes());
    bytes.extend(1u16.to_le_bytes());
    bytes.resize(52, 0);
    let mut attributes = b"A".to_vec();
    attributes.extend(22u32.to_le_bytes());
    attributes.extend(b"aeabi\0\x01");
    attributes.extend(12u32.to_le_bytes());
    attributes.extend([5, b'M', b'4', 0, 6, architecture, 7, profile]);
    for word in [0, 0x7000_0003, 0, 0, 92, u32::try_from(attributes.len()).unwrap(), 0, 0, 1, 0u32] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(attributes);
    bytes
}

/// A PE header with this machine number and a version resource.
pub fn pe(machine: u16, version: [u16; 4]) -> Vec<u8> {
    let mut bytes = b"MZ".to_vec();
    bytes.resize(0x3c, 0);
    bytes.extend(0x40u32.to_le_bytes());
    bytes.extend(b"PE\0\0");
    bytes.extend(machine.to_le_bytes());
    bytes.extend(1u16.to_le_bytes());
    bytes.resize(0x40 + 20, 0);
    bytes.extend(240u16.to_le_bytes());
    bytes.resize(0x40 + 24, 0);
    bytes.extend(0x20bu16.to_le_bytes());
    bytes.resize(0x40 + 24 + 68, 0);
    bytes.extend(3u16.to_le_bytes());
    bytes.resize(0x40 + 24 + 108, 0);
    bytes.extend(16u32.to_le_bytes());
    bytes.resize(0x40 + 24 + 128, 0);
    bytes.extend(0x1000u32.to_le_bytes());
    bytes.resize(0x40 + 24 + 240, 0);
    // One section, which contains the resources: virtual address 0x1000 is offset 0x200 in the file.
    bytes.extend(b".rsrc\0\0\0");
    for word in [0x400, 0x1000, 0x400, 0x200u32] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.resize(0x200, 0);
    // Three nested directories with one entry each: type, name, language.
    for (id, next) in [(16u32, 0x8000_0018u32), (1, 0x8000_0030), (1033, 0x48)] {
        bytes.extend([0; 14]);
        bytes.extend([1, 0]);
        bytes.extend(id.to_le_bytes());
        bytes.extend(next.to_le_bytes());
    }
    bytes.extend(0x1058u32.to_le_bytes());
    bytes.resize(0x200 + 0x58 + 40, 0);
    bytes.extend(0xfeef_04bd_u32.to_le_bytes());
    bytes.resize(0x200 + 0x58 + 40 + 16, 0);
    for pair in [[version[1], version[0]], [version[3], version[2]]] {
        bytes.extend(pair.iter().flat_map(|part| part.to_le_bytes()));
    }
    bytes.resize(0x600, 0);
    bytes
}

/// A PE file of .NET code with these flags.
pub fn dotnet(machine: u16, flags: u32) -> Vec<u8> {
    let mut bytes = pe(machine, [1, 2, 3, 4]);
    let directory = 0x40 + 24 + 112 + 14 * 8;
    bytes[directory..directory + 4].copy_from_slice(&0x1300u32.to_le_bytes());
    bytes[0x510..0x514].copy_from_slice(&flags.to_le_bytes());
    bytes
}

/// A PE file whose version is in strings, by their names.
pub fn pe_with_strings(strings: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = pe(0x8664, [0; 4]);
    let start = 0x200 + 0x58;
    let mut at = start + 96;
    for (name, value) in strings {
        for text in [name, value] {
            let units: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
            bytes[at..at + units.len()].copy_from_slice(&units);
            at = start + (at + units.len() - start).next_multiple_of(4);
        }
    }
    bytes
}

/// A protobuf field of bytes.
pub fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(content);
    bytes
}

/// An `XmlNode` of a compiled manifest: element name, attributes and children.
pub fn xml_node(name: &str, attributes: &[(&str, &str)], children: &[Vec<u8>]) -> Vec<u8> {
    let mut element = field(3, name.as_bytes());
    for (name, value) in attributes {
        element.extend(field(4, &[field(2, name.as_bytes()), field(3, value.as_bytes())].concat()));
    }
    for child in children {
        element.extend(field(5, child));
    }
    field(1, &element)
}
