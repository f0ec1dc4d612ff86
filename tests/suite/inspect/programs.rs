//! Programs and libraries: their content decides, and not their name.

use serde_json::{Value, json};

use super::{ARM64, X64, architectures, inspect, platform};
use crate::files::{dotnet, elf, elf_with, fat_macho, macho, note, pe, pe_with_strings};

#[test]
fn a_program_by_another_name_is_read() {
    for name in [
        "addon.node",
        "module.pyd",
        "driver.sys",
        "boot.efi",
        "setup.scr",
        "program.1",
        "tool-1.2.3",
        ".tool",
    ] {
        let file = inspect(name, pe(0x8664, [1, 2, 3, 4]));
        assert_eq!((platform(&file), architectures(&file)), (Some("windows"), vec!["x64"]), "{name}");
        assert_eq!((&file["version"], &file["build_number"]), (&json!("1.2.3"), &json!("4")), "{name}");
        let file = inspect(name, elf(183, "/lib/ld-linux-aarch64.so.1"));
        assert_eq!((platform(&file), architectures(&file)), (Some("linux"), vec!["arm64v8"]), "{name}");
        let fat = fat_macho(&[(X64, macho(X64, 1)), (ARM64, macho(ARM64, 1))]);
        let file = inspect(name, fat);
        assert_eq!((platform(&file), architectures(&file)), (Some("macos"), vec!["u2b"]), "{name}");
    }
    let library = inspect("libexample.so.1.2", elf(62, "/lib64/ld-linux-x86-64.so.2"));
    assert_eq!(library["filetype"]["extension"], "so");
}

#[test]
fn a_file_that_only_begins_like_a_program_has_no_details_and_no_warning() {
    for (name, content) in
        [("notes.txt", "MZ is the format's author"), ("Example.class", "\u{ca}\u{fe}"), ("a.bin", "x")]
    {
        let test = crate::builder::Test::new().file(name, content).args(&["inspect", "--json", name]);
        let finished = test.run().status(0);
        assert_eq!((platform(&finished.json()[0]), finished.stderr.as_str()), (None, ""), "{name}");
    }
}

#[test]
fn the_four_numbers_of_a_windows_program_are_kept() {
    let program = inspect("app.exe", pe(0x8664, [1, 2, 3, 4]));
    assert_eq!((&program["version"], &program["version_full"]), (&json!("1.2.3"), &json!("1.2.3.4")));
}

#[test]
fn a_dotnet_program_for_any_cpu_has_no_architecture() {
    const X86: u16 = 0x14c;
    for (what, machine, flags, expected) in [
        ("any CPU", X86, 1, &[][..]),
        ("any CPU, signed", X86, 9, &[]),
        ("any CPU, 32 bits preferred", X86, 0x2_0003, &[]),
        ("32 bits required", X86, 3, &["x86"]),
        ("with native code", X86, 0, &["x86"]),
        ("64 bits", 0x8664, 1, &["x64"]),
    ] {
        let file = inspect("tool.exe", dotnet(machine, flags));
        assert_eq!((platform(&file), architectures(&file)), (Some("windows"), expected.to_vec()), "{what}");
        assert_eq!(file["version"], "1.2.3", "{what}");
    }
}

#[test]
fn a_dotnet_library_that_was_compiled_for_another_system_has_its_platform() {
    for (machine, system, expected) in [
        (0x8664, 0x7b79, ("linux", "x64")),
        (0xaa64, 0x7b79, ("linux", "arm64v8")),
        (0xaa64, 0x4644, ("macos", "apple")),
    ] {
        let file = inspect("library.dll", dotnet(machine ^ system, 4));
        assert_eq!((platform(&file), architectures(&file)), (Some(expected.0), vec![expected.1]));
    }
}

#[test]
fn the_strings_of_a_windows_program_have_its_version_if_the_numbers_are_zero() {
    for (strings, version, full) in [
        (&[("FileVersion", "9.9.9.9"), ("ProductVersion", "1.2.3.0")][..], json!("1.2.3"), json!("1.2.3.0")),
        (&[("ProductVersion", "1, 2, 3, 4")], json!("1.2.3"), json!("1.2.3.4")),
        (&[("ProductVersion", "1.2.3-rc.1+45")], json!("1.2.3-rc.1+45"), Value::Null),
        (&[("ProductVersion", "next"), ("FileVersion", "2.0.0")], json!("2.0.0"), Value::Null),
        (&[], json!("0.0.0"), json!("0.0.0.0")),
    ] {
        let file = inspect("tool.exe", pe_with_strings(strings));
        assert_eq!((&file["version"], &file["version_full"]), (&version, &full), "{strings:?}");
    }
}

const INTERPRETER: u32 = 3;
const NOTE: u32 = 4;
const MIPS: u16 = 8;

#[test]
fn notes_and_abi_and_interpreter_name_the_system_of_an_elf_file() {
    let version = |name: &str, system: u32| note(name, 1, &system.to_le_bytes());
    let build_id = note("GNU", 3, &[7; 20]);
    for (what, expected, os_abi, segments) in [
        ("GNU, Linux", Some("linux"), 0, vec![(NOTE, version("GNU", 0))]),
        ("GNU, the Hurd", None, 3, vec![(NOTE, version("GNU", 1))]),
        (
            "another note first",
            Some("linux"),
            0,
            vec![(NOTE, [build_id.clone(), version("GNU", 0)].concat())],
        ),
        (
            "another segment first",
            Some("linux"),
            0,
            vec![(NOTE, build_id.clone()), (NOTE, version("GNU", 0))],
        ),
        ("a build id, which any system can have", None, 0, vec![(NOTE, build_id)]),
        ("Android", Some("android"), 0, vec![(NOTE, version("Android", 21))]),
        ("FreeBSD", Some("freebsd"), 0, vec![(NOTE, version("FreeBSD", 1_300_000))]),
        ("NetBSD", Some("netbsd"), 0, vec![(NOTE, version("NetBSD", 900_000_000))]),
        ("OpenBSD", Some("openbsd"), 0, vec![(NOTE, version("OpenBSD", 0))]),
        ("DragonFly", None, 9, vec![(NOTE, version("DragonFly", 600_000))]),
        ("Go", Some("linux"), 0, vec![(NOTE, note("Go", 4, b"id/id"))]),
        ("Go for FreeBSD", Some("freebsd"), 9, vec![(NOTE, note("Go", 4, b"id/id"))]),
        (
            "Go for DragonFly",
            None,
            0,
            vec![(INTERPRETER, b"/usr/libexec/ld-elf.so.2\0".to_vec()), (NOTE, note("Go", 4, b"id/id"))],
        ),
        (
            "Go for NetBSD",
            Some("netbsd"),
            0,
            vec![(NOTE, note("Go", 4, b"id/id")), (NOTE, version("NetBSD", 500_000_000))],
        ),
        ("a damaged note", Some("linux"), 3, vec![(NOTE, vec![0xff; 64])]),
        ("ABI of HP-UX", Some("hp-ux"), 1, vec![]),
        ("ABI of Linux", Some("linux"), 3, vec![]),
        ("ABI of Solaris", Some("solaris"), 6, vec![]),
        ("ABI of FreeBSD", Some("freebsd"), 9, vec![]),
        ("loader of MIPS", Some("linux"), 0, vec![(INTERPRETER, b"/lib32/ld.so.1\0".to_vec())]),
        ("uClibc", Some("linux"), 0, vec![(INTERPRETER, b"/lib/ld-uClibc.so.0\0".to_vec())]),
        ("Solaris", Some("solaris"), 0, vec![(INTERPRETER, b"/usr/lib/ld.so.1\0".to_vec())]),
        ("OpenBSD's loader", Some("openbsd"), 0, vec![(INTERPRETER, b"/usr/libexec/ld.so\0".to_vec())]),
        ("Haiku", Some("haiku"), 0, vec![(INTERPRETER, b"/system/runtime_loader\0".to_vec())]),
        (
            "a module of Android",
            Some("android"),
            0,
            vec![(INTERPRETER, b"/apex/runtime/bin/linker64\0".to_vec())],
        ),
        ("firmware", None, 0, vec![]),
    ] {
        let file = inspect("program", elf_with(MIPS, os_abi, &segments));
        assert_eq!((platform(&file), architectures(&file)), (expected, vec!["mips64"]), "{what}");
    }
}

#[test]
fn the_c_library_names_the_system_of_a_shared_library() {
    for (libraries, expected) in [
        ("libm.so.6\0libc.so.6", Some("linux")),
        ("libc.musl-x86_64.so.1", Some("linux")),
        ("libgcc_s.so.1\0libc.so", Some("linux")),
        ("liblog.so\0libc.so", None),
        ("libexample.so", None),
    ] {
        let strings = format!("\0{libraries}\0");
        let (first, second) = (1, libraries.find('\0').map_or(1, |at| at as u64 + 2));
        // Loaded at 0x1000: the strings, whose address the dynamic section contains.
        let dynamic: Vec<u8> =
            [1u64, first, 1, second, 5, 0x1000, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut content = elf_with(62, 0, &[(1, strings.into_bytes()), (2, dynamic)]);
        content[64 + 16..64 + 24].copy_from_slice(&0x1000u64.to_le_bytes());
        let file = inspect("module.node", content);
        assert_eq!((platform(&file), architectures(&file)), (expected, vec!["x64"]), "{libraries}");
    }
}

#[test]
fn a_kernel_module_has_its_notes_in_a_section() {
    let content = note("Linux", 0x101, &[0]);
    let mut module = elf_with(62, 0, &[]);
    module[16] = 1;
    module[40..48].copy_from_slice(&64u64.to_le_bytes());
    module[58..62].copy_from_slice(&[64, 0, 1, 0]);
    let mut section = [0; 64];
    section[4] = 7;
    section[24..32].copy_from_slice(&128u64.to_le_bytes());
    section[32..40].copy_from_slice(&(content.len() as u64).to_le_bytes());
    let file = inspect("driver.ko", [&module[..], &section, &content].concat());
    assert_eq!((platform(&file), architectures(&file)), (Some("linux"), vec!["x64"]));
}
