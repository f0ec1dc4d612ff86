//! Linux packages and programs.

use super::archives::tar_header;
use crate::files::gzip;

pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    let names = b"- amd64\n".repeat(120_000);
    let yaml = [b"version: 1.2.3\narchitectures:\n", &names[..]].concat();
    let inline = [b"architectures: [", &b"amd64,".repeat(170_000)[..], b"]"].concat();
    vec![
        ("interpreters.so", program_with_many_interpreters()),
        ("sections.so", program_with_many_sections()),
        ("notes.so", program_with_many_notes()),
        ("libraries.so", program_with_many_libraries()),
        ("sections.ko", module_with_many_sections()),
        ("members.apk", gzip(b"").repeat(200_000)),
        ("info.apk", gzip(&[tar_header(".PKGINFO", 1 << 20), b"a = b\n".repeat(170_000)].concat())),
        ("window.deb", deb(&[ZSTD, &[0x00, 0xff, 0, 0, 0]].concat())),
        ("repeated.deb", deb(&repeated_bytes(40_000))),
        ("empty-blocks.deb", deb(&[ZSTD, &[0x00, 0x58], &[0; 3 << 20]].concat())),
        ("dictionary.deb", deb(&xz(40, b""))),
        ("chunks.deb", deb(&xz(18, &b"\x01\0\0a".repeat(2 << 20)))),
        ("resets.deb", deb(&xz(18, &b"\xe0\0\x1d\0\x06\x5d\0\x30\xee\x12\0\0\0".repeat(1 << 20)))),
        // The largest tables that the properties can demand.
        ("tables.deb", deb(&xz(18, &b"\xe0\0\x1d\0\x06\xb8\0\x30\xee\x12\0\0\0".repeat(1 << 20)))),
        ("window.snap", snap_of_small_metadata_blocks(&xz(28, b"\0"), 4)),
        ("control.deb", deb(&gzip(&[tar_header("control", 1 << 20), vec![b'\n'; 1 << 20]].concat()))),
        ("fields.deb", deb(&gzip(&[tar_header("control", 1 << 20), b"a:\n".repeat(350_000)].concat()))),
        ("members.deb", [b"!<arch>\n", &member("x", &[]).repeat(100_000)[..]].concat()),
        ("index.rpm", rpm(u32::MAX, u32::MAX)),
        ("tags.rpm", rpm((4 << 20) / 16 - 2, 1)),
        ("zeros.flatpak", [b"flatpak\0", &[0; 2 << 20][..]].concat()),
        // Took 2.1 GB.
        ("ff.snap", snap(6, 4096, &[0xff; 1 << 20], &[0xff; 1024])),
        ("blocks.snap", snap(1, 4096, &bomb_blocks(), &block_sizes(bomb_blocks().len() / 256))),
        ("yaml.snap", snap_with(&yaml)),
        ("inline.snap", snap_with(&inline)),
        ("metadata.snap", snap_of_small_metadata_blocks(&zlib(&[0]), 1)),
        ("metadata-xz.snap", snap_of_small_metadata_blocks(&xz(18, b"\0"), 4)),
        ("metadata-zstd.snap", snap_of_small_metadata_blocks(&[ZSTD, &[0x20, 1, 9, 0, 0, 0]].concat(), 6)),
    ]
}

/// A 64-bit program with 65,535 headers, which are all the same: an interpreter whose name never ends.
fn program_with_many_interpreters() -> Vec<u8> {
    let mut bytes = crate::files::elf(62, "");
    bytes[54..56].fill(0);
    bytes[56..58].fill(0xff);
    bytes.truncate(120);
    bytes.resize(64 << 10, 0xff);
    bytes
}

/// A 32-bit ARM program with 65,535 sections, which are all the same.
fn program_with_many_sections() -> Vec<u8> {
    let mut bytes = crate::files::arm_firmware(10, b'M');
    bytes[46..48].fill(0);
    bytes[48..50].fill(0xff);
    bytes[56..60].fill(0);
    bytes
}

/// A program with as many segments of the smallest notes as it may have.
fn program_with_many_notes() -> Vec<u8> {
    let notes = [0; 64 << 10];
    crate::files::elf_with(62, 0, &vec![(4, notes.to_vec()); 300])
}

/// A library that needs many others, which all have the same name, in a file with many segments.
fn program_with_many_libraries() -> Vec<u8> {
    let dynamic: Vec<u8> = [1_u64, 0].repeat(2000).iter().flat_map(|word| word.to_le_bytes()).collect();
    let strings = 5_u64.to_le_bytes().into_iter().chain(u64::MAX.to_le_bytes());
    let mut segments = vec![(2, strings.chain(dynamic).collect::<Vec<u8>>())];
    segments.extend(vec![(1, vec![b'a'; 4096]); 300]);
    crate::files::elf_with(62, 0, &segments)
}

/// A kernel module with 65,535 sections, which are all the same.
fn module_with_many_sections() -> Vec<u8> {
    let mut bytes = crate::files::elf_with(62, 0, &[]);
    bytes[58..60].fill(0);
    bytes[60..62].fill(0xff);
    bytes.resize(4096, 7);
    bytes
}

fn member(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).into_bytes();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    bytes
}

fn deb(control: &[u8]) -> Vec<u8> {
    [b"!<arch>\n".to_vec(), member("debian-binary", b"2.0\n"), member("control.tar", control)].concat()
}

const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// A Zstandard frame of blocks that each repeat a byte 128 × 1024 times.
fn repeated_bytes(count: usize) -> Vec<u8> {
    // A window of 16 MB, then blocks of type 1.
    let block = ((128_u32 << 10) << 3 | 1 << 1).to_le_bytes();
    let header = [&(512_u32 << 3).to_le_bytes()[..3], &tar_header("zeros", 1 << 32)].concat();
    [ZSTD, &[0x00, 14 << 3], &header, &[block[0], block[1], block[2], b'a'].repeat(count)].concat()
}

const LZMA2_CHUNK_OF_512_BYTES: [u8; 3] = [1, 1, 0xff];

/// An xz stream with one block of LZMA2 data and no end, which begins with the header of a tar archive.
/// `dictionary` is the size as the format encodes it: 18 is 2 MB, 28 is 64 MB, 40 is 4 GB.
fn xz(dictionary: u8, chunks: &[u8]) -> Vec<u8> {
    let flags = [0, 0];
    let header = [2, 0, 0x21, 1, dictionary, 0, 0, 0];
    let mut bytes = b"\xfd7zXZ\0".to_vec();
    bytes.extend(flags);
    bytes.extend(crc32(&flags).to_le_bytes());
    bytes.extend(header);
    bytes.extend(crc32(&header).to_le_bytes());
    bytes.extend(LZMA2_CHUNK_OF_512_BYTES);
    bytes.extend(tar_header("zeros", 1 << 32));
    bytes.extend(chunks);
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut checksum = flate2::Crc::new();
    checksum.update(bytes);
    checksum.sum()
}

/// A package whose header claims this number of index entries and this size.
fn rpm(count: u32, size: u32) -> Vec<u8> {
    let mut bytes = b"\xed\xab\xee\xdb\x03\0".to_vec();
    bytes.resize(96, 0);
    bytes.extend(b"\x8e\xad\xe8\x01\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(b"\x8e\xad\xe8\x01\0\0\0\0");
    bytes.extend(count.to_be_bytes());
    bytes.extend(size.to_be_bytes());
    bytes.resize(96 + 32 + (4 << 20), 0);
    bytes
}

fn zlib(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// 256 blocks that each decompress to 1 MB.
fn bomb_blocks() -> Vec<u8> {
    zlib(&vec![b'a'; 1 << 20]).repeat(256)
}

/// The sizes of 256 blocks.
fn block_sizes(size: usize) -> Vec<u8> {
    (size as u32).to_le_bytes().repeat(256)
}

/// An image whose `meta/snap.yaml` is stored as it is.
fn snap_with(yaml: &[u8]) -> Vec<u8> {
    let mut yaml = yaml.to_vec();
    yaml.resize(1 << 20, b' ');
    snap(1, 1 << 20, &yaml, &(1_u32 << 24 | 1 << 20).to_le_bytes())
}

/// A SquashFS image with the file `meta/snap.yaml` of 1 MB, its data and the sizes of its blocks.
fn snap(compression: u16, block_size: u32, data: &[u8], sizes: &[u8]) -> Vec<u8> {
    let mut inodes = directory_inode(0, 27);
    inodes.extend(directory_inode(24, 32));
    let mut file = [2_u16, 0, 0, 0].iter().flat_map(|half| half.to_le_bytes()).collect::<Vec<u8>>();
    file.extend([0; 8]);
    for word in [96_u32, u32::MAX, 0, 1 << 20] {
        file.extend(word.to_le_bytes());
    }
    file.extend(sizes);
    inodes.extend(file);
    let directory = [directory_entry(32, b"meta"), directory_entry(64, b"snap.yaml")].concat();
    let inode_table = 96 + data.len() as u64;
    let inodes = stored_metadata(&inodes);
    let directory_table = inode_table + inodes.len() as u64;
    let superblock = superblock(compression, block_size, inode_table, directory_table);
    [&superblock, data, &inodes, &stored_metadata(&directory)].concat()
}

/// An image whose directories are read from small metadata blocks.
fn snap_of_small_metadata_blocks(block: &[u8], compression: u16) -> Vec<u8> {
    // An extended directory that claims to have 1 MB.
    let mut inode = vec![8, 0];
    inode.resize(20, 0);
    inode.extend((1_u32 << 20).to_le_bytes());
    inode.resize(40, 0);
    let block = [&(block.len() as u16).to_le_bytes(), block].concat();
    let inodes = stored_metadata(&inode);
    let directory_table = 96 + inodes.len() as u64;
    let superblock = superblock(compression, 4096, 96, directory_table);
    [superblock, inodes, block.repeat(300_000)].concat()
}

fn superblock(compression: u16, block_size: u32, inode_table: u64, directory_table: u64) -> Vec<u8> {
    let mut bytes = b"hsqs".to_vec();
    bytes.resize(12, 0);
    bytes.extend(block_size.to_le_bytes());
    bytes.resize(20, 0);
    bytes.extend(compression.to_le_bytes());
    bytes.resize(64, 0);
    bytes.extend(inode_table.to_le_bytes());
    bytes.extend(directory_table.to_le_bytes());
    bytes.resize(96, 0);
    bytes
}

fn directory_inode(offset: u16, size: u16) -> Vec<u8> {
    let mut bytes = vec![1, 0];
    bytes.resize(24, 0);
    bytes.extend(size.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.resize(32, 0);
    bytes
}

/// A listing with one entry.
fn directory_entry(inode: u16, name: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 12];
    bytes.extend(inode.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend((name.len() as u16 - 1).to_le_bytes());
    bytes.extend(name);
    bytes
}

/// Metadata in uncompressed blocks.
fn stored_metadata(bytes: &[u8]) -> Vec<u8> {
    let blocks = bytes.chunks(8192);
    blocks.flat_map(|block| [&(block.len() as u16 | 0x8000).to_le_bytes()[..], block].concat()).collect()
}
