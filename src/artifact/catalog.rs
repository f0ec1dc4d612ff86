//! Buildstash's platforms, architectures and file types, with its identifiers, names and extensions.
//!
//! <https://docs.buildstash.com>. Descriptions are those that its webhook examples show.

/// A platform that a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    /// Buildstash's identifier: `ios`.
    pub identifier: &'static str,
    /// Full name.
    pub name: &'static str,
    /// Short name.
    pub short_name: &'static str,
}

/// An architecture that a build runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture {
    /// Buildstash's identifier: `arm64v8`.
    pub identifier: &'static str,
    /// Name.
    pub name: &'static str,
    /// Processors that belong to it.
    pub description: Option<&'static str>,
}

/// A file type, by file name extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filetype {
    /// Extension without the leading dot: `ipa`, `tar.gz`. Empty for names without one.
    pub extension: &'static str,
    /// Name.
    pub name: &'static str,
    /// The platform that such files are always for.
    pub platform: Option<&'static str>,
}

impl Filetype {
    /// Of the types with the same extension, the one for this platform; else this one.
    pub(super) fn for_platform(&'static self, platform: Option<&Platform>) -> &'static Self {
        let Some(platform) = platform else { return self };
        let mut same = FILETYPES.iter().filter(|filetype| filetype.extension == self.extension);
        same.find(|filetype| filetype.platform == Some(platform.identifier)).unwrap_or(self)
    }
}

const fn platform(identifier: &'static str, name: &'static str, short_name: &'static str) -> Platform {
    Platform { identifier, name, short_name }
}

const fn architecture(
    identifier: &'static str,
    name: &'static str,
    description: Option<&'static str>,
) -> Architecture {
    Architecture { identifier, name, description }
}

const fn filetype(extension: &'static str, name: &'static str, platform: Option<&'static str>) -> Filetype {
    Filetype { extension, name, platform }
}

/// The platform of builds that fit no other one.
pub const GENERIC: Platform = platform("generic", "Generic", "Generic");

/// All platforms.
#[rustfmt::skip]
pub const PLATFORMS: &[Platform] = &[
    GENERIC,
    platform("windows", "Windows", "Windows"),
    platform("macos", "macOS", "macOS"),
    platform("android", "Android", "Android"),
    platform("ios", "iOS", "iOS"),
    platform("apple-watch", "Apple Watch standalone (watchOS)", "Apple Watch"),
    platform("vision-pro", "Apple Vision Pro", "Vision Pro"),
    platform("apple-tv", "Apple TV (tvOS)", "Apple TV"),
    platform("homepod", "HomePod (audioOS)", "HomePod"),
    platform("quest", "Meta Quest", "Quest"),
    platform("pico", "Pico XR", "Pico"),
    platform("vive", "VIVE XR Mobile", "VIVE Mobile"),
    platform("magic-leap", "Magic Leap", "Magic Leap"),
    platform("wearos", "Wear OS", "Wear OS"),
    platform("fitbit", "Fitbit OS", "Fitbit"),
    platform("pebble", "PebbleOS", "Pebble"),
    platform("harmonyos", "HarmonyOS", "HarmonyOS"),
    platform("sailfish", "Sailfish OS", "Sailfish OS"),
    platform("kaios", "KaiOS", "KaiOS"),
    platform("webos", "webOS", "webOS"),
    platform("tizen", "Tizen", "Tizen"),
    platform("titan", "Titan OS", "Titan OS"),
    platform("roku", "Roku OS", "Roku OS"),
    platform("linux", "Linux (Generic)", "Linux"),
    platform("debian", "Debian/Ubuntu variants", "Debian"),
    platform("redhat", "Red Hat/Fedora/CentOS", "Red Hat"),
    platform("gentoo", "Gentoo Linux", "Gentoo"),
    platform("arch", "Arch Linux", "Arch"),
    platform("opensuse", "openSUSE", "openSUSE"),
    platform("alpine", "Alpine Linux", "Alpine Linux"),
    platform("nixos", "NixOS", "NixOS"),
    platform("slackware", "Slackware Linux", "Slackware"),
    platform("void", "Void Linux", "Void Linux"),
    platform("mageia", "Mageia/Mandriva/Mandrake", "Mageia"),
    platform("switch", "Nintendo Switch", "Switch"),
    platform("switch2", "Nintendo Switch 2", "Switch 2"),
    platform("ps5", "PlayStation 5", "PS5"),
    platform("ps4", "PlayStation 4", "PS4"),
    platform("xbox-series", "Xbox Series X/S", "Xbox Series X/S"),
    platform("playdate", "Playdate", "Playdate"),
    platform("roblox", "Roblox", "Roblox"),
    platform("freebsd", "FreeBSD", "FreeBSD"),
    platform("openbsd", "OpenBSD", "OpenBSD"),
    platform("netbsd", "NetBSD", "NetBSD"),
    platform("illumos", "Illumos/OpenIndiana/OpenSolaris", "Illumos"),
    platform("solaris", "Oracle Solaris", "Solaris"),
    platform("haiku", "Haiku", "Haiku"),
    platform("aix", "IBM AIX", "IBM AIX"),
    platform("hp-ux", "HP-UX", "HP-UX"),
    platform("web-game", "HTML5 Web Game", "HTML5 Web Game"),
    platform("zephyr", "Zephyr", "Zephyr"),
    platform("freertos", "FreeRTOS", "FreeRTOS"),
    platform("vxworks", "VxWorks", "VxWorks"),
    platform("integrity", "INTEGRITY RTOS", "INTEGRITY"),
    platform("qnx", "QNX", "QNX"),
    platform("rtems", "RTEMS", "RTEMS"),
    platform("threadx", "ThreadX", "ThreadX"),
    platform("micrium", "Micrium OS", "Micrium"),
    platform("contiki", "Contiki OS", "Contiki"),
    platform("tinyos", "TinyOS", "TinyOS"),
    platform("nucleus", "Nucleus RTOS", "Nucleus RTOS"),
    platform("lynxos", "LynxOS", "LynxOS"),
    platform("embos", "embOS", "embOS"),
    platform("mynewt", "Apache Mynewt", "Mynewt"),
    platform("rtthread", "RT-Thread", "RT-Thread"),
    platform("mbed", "Mbed", "Mbed"),
    platform("riot", "RIOT OS", "RIOT OS"),
    platform("hubris", "Hubris", "Hubris"),
    platform("tock", "Tock OS", "Tock OS"),
    platform("pike", "Pike OS", "Pike OS"),
    platform("px5", "PX5 RTOS", "PX5 RTOS"),
    platform("phantom", "Phantom OS", "Phantom OS"),
    platform("nuttx", "Apache NuttX", "Apache NuttX"),
    platform("ecos", "eCos", "eCos"),
    platform("chibios", "ChibiOS/RT", "ChibiOS/RT"),
    platform("erika", "ERIKA Enterprise", "ERIKA Enterprise"),
];

/// All architectures.
#[rustfmt::skip]
pub const ARCHITECTURES: &[Architecture] = &[
    architecture("x86", "Intel x86 (i386)", None),
    architecture("x64", "x86-64 (AMD64)", None),
    architecture("u2b", "Apple Universal", None),
    architecture("apple", "Apple Silicon", None),
    architecture("ppc", "PowerPC", None),
    architecture("ppc64", "PowerPC64", None),
    architecture("ibmz", "IBM Z", None),
    architecture("mips64", "MIPS 64-bit", None),
    architecture("mips", "MIPS 32-bit", None),
    architecture("armv5", "ARMv5TE", None),
    architecture("armv6", "ARMv6", None),
    architecture("armv7", "ARMv7-A", None),
    architecture("armv8", "ARMv8-A", None),
    architecture("arm64v8", "ARM64v8", Some("ARMv8-A 64-bit - Cortex-A34/35/53/57/72/73/55/65/75/76/77/78")),
    architecture("armv9", "ARMv9-A", Some("ARMv9-A - Cortex-A510/710/715/320/520/720/725")),
    architecture("armv6-m", "ARMv6-M", None),
    architecture("armv7-m", "ARMv7-M", None),
    architecture("armv7e-m", "ARMv7E-M", None),
    architecture("armv8-m-bl", "ARMv8-M Baseline", None),
    architecture("armv8-m-ml", "ARMv8-M Mainline", None),
    architecture("armv81-m", "ARMv8.1-M", None),
    architecture("armv7-r", "ARMv7-R", None),
    architecture("armv8-r", "ARMv8-R", None),
    architecture("risc-v", "RISC-V", None),
    architecture("risc-v64", "RISC-V 64", None),
    architecture("msp430", "MSP430", None),
    architecture("loongarch", "LoongArch", None),
    architecture("ia64", "Itanium (IA-64)", None),
    architecture("sparc", "SPARC", None),
    architecture("alpha", "DEC Alpha", None),
    architecture("vax", "DEC VAX", None),
    architecture("pdp11", "DEC PDP-11", None),
    architecture("sh1", "SuperH (SH1)", None),
    architecture("sh2", "SuperH (SH2)", None),
    architecture("sh3", "SuperH (SH3)", None),
    architecture("sh4", "SuperH (SH4)", None),
    architecture("680x0", "Motorola 68000", None),
    architecture("xtensa", "Tensilica Xtensa", None),
    architecture("nios", "Altera Nios", None),
    architecture("nios2", "Nios II", None),
    architecture("niosv", "Nios V", None),
    architecture("rx", "Renesas RX", None),
    architecture("avr", "AVR", None),
    architecture("8051", "Intel MCS-51", None),
    architecture("z80", "Zilog Z80", None),
    architecture("mipsx", "MIPS-X", None),
    architecture("microblaze", "MicroBlaze", None),
    architecture("power6", "POWER6", None),
    architecture("power7", "POWER7", None),
    architecture("power8", "POWER8", None),
    architecture("power9", "POWER9", None),
    architecture("power10", "POWER10", None),
    architecture("pa-risc", "HP PA-RISC", None),
    architecture("blackfin", "Blackfin", None),
    architecture("arc-v1", "ARCv1", None),
    architecture("arc-v2", "ARCv2", None),
    architecture("arc-v3", "ARCv3", None),
    architecture("arc-v", "ARC-V", None),
    architecture("coldfire", "ColdFire", None),
];

/// All types of files that can be a build. Of several with the same extension, the most common comes first.
#[rustfmt::skip]
pub const FILETYPES: &[Filetype] = &[
    filetype("", "Unknown Filetype", None),
    filetype("7z", "7-Zip Archive", None),
    filetype("a", "Static Library", None),
    filetype("aab", "Android App Bundle", Some("android")),
    filetype("air", "Adobe AIR Installation Package", None),
    filetype("anyboot", "Haiku Bootable Disk Image", Some("haiku")),
    filetype("apk", "Android Package", Some("android")),
    filetype("apk", "Alpine Linux Package", Some("alpine")),
    filetype("app", "macOS Application Bundle", None),
    filetype("app", "HarmonyOS App Pack", None),
    filetype("appimage", "Linux Software Package", Some("linux")),
    filetype("appx", "Windows App Package", Some("windows")),
    filetype("appxbundle", "Windows App Bundle", Some("windows")),
    filetype("appxupload", "Windows App Upload Package", Some("windows")),
    filetype("arc", "ARC Compressed Archive", None),
    filetype("arj", "ARJ Compressed Archive", None),
    filetype("ark", "ARC Compressed Archive", None),
    filetype("asc", "ASCII Text File", None),
    filetype("awk", "AWK Script", None),
    filetype("axf", "ARM Executable Format", None),
    filetype("bat", "DOS Batch File", Some("windows")),
    filetype("bff", "IBM AIX Backup", Some("aix")),
    filetype("bff.gz", "Gzipped IBM AIX Backup", Some("aix")),
    filetype("bin", "Generic Binary File", None),
    filetype("br", "Brotli Compressed File", None),
    filetype("bz", "Bzip Compressed Archive", None),
    filetype("bz2", "Bzip2 Compressed File", None),
    filetype("bzip", "Bzip Compressed Archive", None),
    filetype("bzip2", "Bzip2 Compressed File", None),
    filetype("cab", "Windows Cabinet File", Some("windows")),
    filetype("chm", "Compiled HTML Help File", None),
    filetype("ciso", "Compact ISO File", None),
    filetype("clj", "Clojure Script", None),
    filetype("cmd", "Windows Command File", Some("windows")),
    filetype("com", "DOS Command File", Some("windows")),
    filetype("command", "Terminal Command File", None),
    filetype("cpgz", "Compressed CPIO Archive", None),
    filetype("cpio", "Unix CPIO Archive", None),
    filetype("dart", "Dart Script", None),
    filetype("deb", "Debian Software Package", Some("debian")),
    filetype("def", "Module Definition File", None),
    filetype("depot", "HP SD-UX Depot", Some("hp-ux")),
    filetype("depot.gz", "Gzipped HP SD-UX Depot", Some("hp-ux")),
    filetype("dfu", "Device Firmware Upgrade", None),
    filetype("dll", "Dynamic Link Library", Some("windows")),
    filetype("dmg", "Apple Disk Image", Some("macos")),
    filetype("dtb", "Device Tree Blob File", None),
    filetype("dylib", "Mach-O Dynamic Library", None),
    filetype("ebuild", "Portage eBuild Script", Some("gentoo")),
    filetype("elf", "Executable and Linkable Format File", None),
    filetype("exe", "Windows Executable", Some("windows")),
    filetype("exs", "Elixir Script", None),
    filetype("fba", "Fitbit Package", Some("fitbit")),
    filetype("flatpak", "Linux Flatpak Application Bundle", Some("linux")),
    filetype("flatpakref", "Linux Flatpak Reference File", Some("linux")),
    filetype("fsx", "F# Script", None),
    filetype("fw", "Firmware Update", None),
    filetype("groovy", "Groovy Script", None),
    filetype("gz", "GNU Zipped Archive", None),
    filetype("gzip", "GNU Zipped Archive", None),
    filetype("h", "Header File", None),
    filetype("hap", "HarmonyOS Ability Package", Some("harmonyos")),
    filetype("har", "HarmonyOS Archive", Some("harmonyos")),
    filetype("hex", "Intel HEX", None),
    filetype("hpkg", "Haiku Package", Some("haiku")),
    filetype("hs", "Haskell Script", None),
    filetype("html", "HTML", None),
    filetype("ifs", "Install File System", None),
    filetype("ihex", "Intel HEX", None),
    filetype("ihx", "Intel HEX", None),
    filetype("img", "Disc Image Data File", None),
    filetype("ipa", "iOS App Store Package", Some("ios")),
    filetype("ipk", "Itsy Package", None),
    filetype("iso", "Disc Image File", None),
    filetype("jar", "Java Archive", None),
    filetype("jl", "Julia Script", None),
    filetype("js", "JavaScript File", None),
    filetype("ko", "Linux Kernel Module File", None),
    filetype("lib", "Library File", None),
    filetype("lua", "Lua Script", None),
    filetype("lz4", "LZ4 Compressed File", None),
    filetype("lza", "LHARC Compressed Archive", None),
    filetype("lzh", "LZH Compressed File", None),
    filetype("lzma", "LZMA Compressed File", None),
    filetype("lzo", "LZO Compressed File", None),
    filetype("ml", "ML Script", None),
    filetype("mpk", "Magic Leap Package", Some("magic-leap")),
    filetype("mpkg", "macOS Meta-Package", Some("macos")),
    filetype("msi", "Windows Software Installer", Some("windows")),
    filetype("msix", "MSIX Installer Package", Some("windows")),
    filetype("msixbundle", "MSIX Installer Bundle", Some("windows")),
    filetype("msixupload", "Windows App Upload Bundle", Some("windows")),
    filetype("msixvc", "MSIX Virtual Container", Some("windows")),
    filetype("nar", "NixOS Archive", Some("nixos")),
    filetype("nro", "Nintendo Switch Executable", None),
    filetype("nso", "Nintendo Switch Object", None),
    filetype("nsp", "Nintendo Submission Package", None),
    filetype("nupkg", "NuGet Package", None),
    filetype("o", "Compiled C Object File", None),
    filetype("opk", "Open Package", None),
    filetype("out", "Compiled Executable File", None),
    filetype("p5i", "Solaris Package Manager Information file", Some("solaris")),
    filetype("p5p", "Solaris Package", Some("solaris")),
    filetype("package", "Autopackage Package", None),
    filetype("pbw", "Pebble Watchface File", Some("pebble")),
    filetype("pdx", "Playdate Executable", Some("playdate")),
    filetype("php", "PHP Script", None),
    filetype("pkg", "macOS Installer Package", None),
    filetype("pkg", "PlayStation Store Package", None),
    filetype("pkg", "System V (SVR4) Package", None),
    filetype("pkg", "Roku Channel Package", None),
    filetype("pkg.tar.gz", "Arch Linux Package", Some("arch")),
    filetype("pkg.tar.xz", "Arch Linux Package", Some("arch")),
    filetype("pkg.tar.zst", "Arch Linux Package", Some("arch")),
    filetype("pl", "Perl Script", None),
    filetype("ps1", "PowerShell Script", None),
    filetype("py", "Python Script", None),
    filetype("qcow", "QCOW Disk Image", None),
    filetype("qcow2", "QCOW2 Disk Image", None),
    filetype("qpkg", "QNX Package", Some("qnx")),
    filetype("qpr", "QNX Package Repository", Some("qnx")),
    filetype("r", "R Script", None),
    filetype("rar", "WinRAR Compressed Archive", None),
    filetype("rb", "Ruby Script", None),
    filetype("rbxl", "Roblox Place Binary", Some("roblox")),
    filetype("rbxlx", "Roblox Place XML", Some("roblox")),
    filetype("rpm", "Red Hat Package Manager File", None),
    filetype("run", "Linux Executable File", None),
    filetype("s19", "Motorola S19 File Record", None),
    filetype("s28", "Motorola S19 File Record", None),
    filetype("s37", "Motorola S19 File Record", None),
    filetype("scala", "Scale Script", None),
    filetype("scm", "Scheme Script", None),
    filetype("sh", "Bash Shell Script", None),
    filetype("snap", "Snap Application Package", Some("linux")),
    filetype("so", "Shared Library", None),
    filetype("squashfs", "Squashfs File System", None),
    filetype("srec", "S-record File", None),
    filetype("swf", "Shockwave Flash", None),
    filetype("szs", "Nintendo Switch Game Data Archive", None),
    filetype("tar", "Tarball", None),
    filetype("tar.bz2", "Bzip Compressed Tarball", None),
    filetype("tar.gz", "Compressed Tarball (GZ)", None),
    filetype("tar.lzma", "LZMA Compressed Tarball", None),
    filetype("tar.xz", "XZ Compressed Tarball", None),
    filetype("tbz", "Bzip Compressed Tarball", None),
    filetype("tbz2", "Bzip2 TAR", None),
    filetype("tcl", "Tcl Script", None),
    filetype("tgz", "Gzipped Tarball", None),
    filetype("tlz", "LZMA Compressed Tarball", None),
    filetype("tpk", "Tizen Package", Some("tizen")),
    filetype("trx", "Firmware Image File Developer", None),
    filetype("txz", "XZ Compressed Tarball", None),
    filetype("ubi", "Unsorted Block Image", None),
    filetype("udf", "Universal Disk Format File", None),
    filetype("uf2", "USB Flashing Format", None),
    filetype("unitypackage", "Unity Asset Package", None),
    filetype("unityweb", "Unity WebGL Game Data", None),
    filetype("unix", "Generic Unix File", None),
    filetype("usb-dd", "USB Device Disk Image", None),
    filetype("vhd", "Virtual PC Virtual Hard Disk", None),
    filetype("vmdk", "Virtual Machine Disk File", None),
    filetype("vxe", "VxWorks Executable", Some("vxworks")),
    filetype("wgt", "Tizen Web Application", Some("tizen")),
    filetype("wim", "Windows Imaging Format File", None),
    filetype("x86", "32-bit Linux Executable File", None),
    filetype("x86_64", "64-bit Linux Executable File", None),
    filetype("xar", "Extensible Archive Format File", None),
    filetype("xbe", "Xbox Executable File", None),
    filetype("xbps", "X Binary Package", Some("void")),
    filetype("xci", "NX Cart Image", None),
    filetype("xpi", "Cross-platform Installer Package", None),
    filetype("xvc", "Xbox Virtual Container", Some("xbox-series")),
    filetype("xz", "XZ Compressed Archive", None),
    filetype("z", "Unix Compressed File", None),
    filetype("zip", "Zip Archive", None),
    filetype("zipx", "Extended Zip Archive", None),
    filetype("zlib", "Zlib Compressed File", None),
    filetype("zpaq", "ZPAQ Archive", None),
    filetype("zsh", "Z Shell Script", None),
    filetype("zst", "Zstandard Compressed File", None),
];

/// The media type of files with an extension, where one is registered or in wide use, else
/// `application/octet-stream`.
#[rustfmt::skip]
pub const MIME_TYPES: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("apk", "application/vnd.android.package-archive"),
    ("br", "application/x-brotli"),
    ("bz2", "application/x-bzip2"),
    ("csv", "text/csv"),
    ("deb", "application/vnd.debian.binary-package"),
    ("dmg", "application/x-apple-diskimage"),
    ("exe", "application/vnd.microsoft.portable-executable"),
    ("flatpak", "application/vnd.flatpak"),
    ("gz", "application/gzip"),
    ("html", "text/html"),
    ("iso", "application/x-iso9660-image"),
    ("jar", "application/java-archive"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("log", "text/plain"),
    ("md", "text/markdown"),
    ("msi", "application/x-msi"),
    ("msix", "application/msix"),
    ("pdf", "application/pdf"),
    ("plist", "application/x-plist"),
    ("png", "image/png"),
    ("rar", "application/vnd.rar"),
    ("rpm", "application/x-rpm"),
    ("sh", "application/x-sh"),
    ("tar", "application/x-tar"),
    ("tar.gz", "application/gzip"),
    ("tgz", "application/gzip"),
    ("txt", "text/plain"),
    ("xml", "application/xml"),
    ("xz", "application/x-xz"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

/// All types of files that can accompany a build: the end of their names, or the whole of it. Where Buildstash's webhook
/// examples use another name than its list, it is that of the examples.
#[rustfmt::skip]
pub const METADATA_FILETYPES: &[(&str, &str)] = &[
    ("txt", "Plain Text"),
    ("json", "JSON File"),
    ("yaml", "YAML File"),
    ("yml", "YAML File"),
    ("xml", "XML File"),
    ("toml", "TOML File"),
    ("ini", "INI File"),
    ("gradle", "Gradle Build File"),
    ("kts", "Kotlin Gradle Script"),
    ("properties", "Java Properties File"),
    ("plist", "macOS/iOS Property List"),
    ("log", "Log File"),
    ("out", "Standard Output File"),
    ("err", "Standard Error File"),
    ("html", "HTML File"),
    ("csv", "CSV File"),
    ("md5", "MD5 Checksum"),
    ("sha1", "SHA1 Checksum"),
    ("sha224", "SHA224 Checksum"),
    ("sha256", "SHA256 Checksum"),
    ("sha384", "SHA384 Checksum"),
    ("sha512", "SHA512 Checksum"),
    ("sig", "PGP Signature"),
    ("asc", "GPG ASCII Signature"),
    ("gpg", "GPG Binary Signature"),
    ("lock", "Lock File"),
    ("deps.json", ".NET Dependencies File"),
    ("csproj", "C# Project File"),
    ("sln", ".NET Solution File"),
    ("mod", "Go Module File"),
    ("ninja_log", "Ninja Build Log"),
    ("d", "Make Dependency File"),
    ("buildinfo", "Build Info File"),
    ("map", "Source Map File"),
    ("gcda", "GCDA Coverage File"),
    ("gcno", "GCNO Coverage Notes"),
    ("info", "LCOV Info File"),
    ("coverage", "Python Coverage Data"),
    ("pdb", "Windows PDB Debug Symbols"),
    ("dSYM", "macOS/iOS dSYM Bundle"),
    ("nupkg", "NuGet Package File"),
    ("egg-info", "Python .egg-info Metadata"),
    ("dist-info", "Python .dist-info Metadata"),
    ("fsproj", "F# Project File"),
    ("vbproj", "Visual Basic Project File"),
    ("bcinfo", "Build Config Info"),
    ("mapping", "ProGuard Mapping File"),
    ("package-lock.json", "npm Package Lock"),
    ("yarn.lock", "Yarn Lock File"),
    ("pnpm-lock.yaml", "pnpm Lock File"),
    ("requirements.txt", "Python Requirements File"),
    ("poetry.lock", "Poetry Lock File"),
    ("podspec", "CocoaPods Spec File"),
    ("checkstyle.xml", "Checkstyle Report"),
    ("junit.xml", "JUnit XML Report"),
    ("clover.xml", "Clover Coverage Report"),
    ("lint-results.xml", "Android Lint Report"),
    ("cargo.lock", "Cargo Lock File"),
    ("composer.lock", "Composer Lock File"),
    ("makefile", "Makefile"),
    ("cmakelists.txt", "CMakeLists File"),
    ("bazel", "Bazel Build File"),
    ("lcov.info", "LCOV Info File"),
    ("testresult.xml", "Unit Test Result XML"),
    ("dwarf", "DWARF Debug Info File"),
    ("debug", "Generic Debug Symbol File"),
    ("coderesources", "Code Resources File"),
    ("debug.wasm", "WebAssembly Debug Info"),
    ("buildid", "Build ID File"),
    ("doc", "Microsoft Word Document"),
    ("docx", "Microsoft Word Open XML Document"),
    ("xls", "Microsoft Excel Spreadsheet"),
    ("xlsx", "Microsoft Excel Open XML Spreadsheet"),
    ("pdf", "Adobe PDF Document"),
    ("odt", "OpenDocument Text Document"),
    ("ods", "OpenDocument Spreadsheet"),
    ("odp", "OpenDocument Presentation"),
    ("rtf", "Rich Text Format"),
    ("md", "Markdown File"),
    ("textile", "Textile File"),
    ("tex", "LaTeX Source File"),
    ("gdoc", "Google Docs Shortcut File"),
    ("gsheet", "Google Sheets Shortcut File"),
    ("spdx", "SPDX Tag-Value Document"),
    ("spdx.json", "SPDX JSON Document"),
    ("cdx.json", "CycloneDX JSON SBOM"),
    ("cdx.xml", "CycloneDX XML SBOM"),
    ("bom", "Generic BOM File"),
    ("pom.xml", "Maven POM File"),
    ("go.mod", "Go Modules Manifest"),
    ("go.sum", "Go Modules Checksum File"),
    ("Pipfile", "Python Pipfile"),
    ("Pipfile.lock", "Python Pipfile Lock"),
    ("Cargo.toml", "Rust Cargo Manifest"),
    ("package.json", "Node.js Package Manifest"),
    ("bun.lockb", "Bun Lock File"),
    ("deno.lock", "Deno Lock File"),
    (".nvmrc", "Node Version Manager Config"),
    (".python-version", "Python Version File"),
    (".ruby-version", "Ruby Version File"),
    (".node-version", "Node Version File"),
    ("Dockerfile", "Dockerfile"),
    (".dockerignore", "Docker Ignore File"),
    ("docker-compose.yml", "Docker Compose File"),
    (".gitignore", "Git Ignore File"),
    (".gitattributes", "Git Attributes File"),
    ("Gemfile.lock", "Ruby Gemfile Lock"),
    ("mix.lock", "Elixir Mix Lock File"),
    ("pubspec.lock", "Dart Pubspec Lock File"),
    ("Package.resolved", "Swift Package Resolved File"),
    ("Podfile.lock", "CocoaPods Lock File"),
    ("flake.lock", "Nix Flake Lock File"),
    ("stack.yaml.lock", "Haskell Stack Lock File"),
    ("jpg", "JPEG Image"),
    ("jpeg", "JPEG Image"),
    ("png", "PNG Image"),
    ("gif", "GIF Image"),
    ("webapp", "Web App Manifest File"),
    ("apkbuild", "Alpine Linux Build Script"),
    ("SlackBuild", "Slackware Build Script"),
    ("uuid", "Universally Unique Identifier File"),
    ("bp", "Android Build Blueprint File"),
    ("mk", "Makefile"),
    ("sqlite", "SQLite Database"),
];

/// The extension and type of a metadata file, by its name in any case. The longest known extension wins.
pub fn find_metadata_filetype(filename: &str) -> Option<(&'static str, &'static str)> {
    let name = filename.to_ascii_lowercase();
    let matches = |ending: &str| {
        let ending = ending.to_ascii_lowercase();
        name == ending || name.strip_suffix(&ending).is_some_and(|stem| stem.ends_with('.'))
    };
    METADATA_FILETYPES
        .iter()
        .filter(|(ending, _)| matches(ending))
        .max_by_key(|(ending, _)| ending.len())
        .copied()
}

/// The platform with this identifier.
pub fn find_platform(identifier: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| platform.identifier == identifier)
}

/// The architecture with this identifier.
pub fn find_architecture(identifier: &str) -> Option<&'static Architecture> {
    ARCHITECTURES.iter().find(|architecture| architecture.identifier == identifier)
}

/// The type of a file, by its name in any case. The longest known extension wins. Libraries may have a version after
/// theirs: `libexample.so.1.2`.
pub fn find_filetype(filename: &str) -> Option<&'static Filetype> {
    let mut name = filename.to_ascii_lowercase();
    let unversioned = name.trim_end_matches(|character: char| character == '.' || character.is_ascii_digit());
    if unversioned.ends_with(".so") {
        name.truncate(unversioned.len());
    }
    let (stem, mut ending) = name.trim_start_matches('.').split_once('.').unwrap_or((&name, ""));
    if stem.is_empty() {
        return None;
    }
    loop {
        if let Some(filetype) = FILETYPES.iter().find(|filetype| filetype.extension == ending) {
            return Some(filetype);
        }
        ending = ending.split_once('.')?.1;
    }
}

/// The description of a file type, for the types whose description Buildstash's webhook examples show.
pub fn description(extension: &str) -> Option<&'static str> {
    match extension {
        "ipa" => Some("iOS application archive"),
        "txt" => Some("Plain text file"),
        _ => None,
    }
}

/// The media type of files with this extension, else with the last part of it: that of `spdx.json` is JSON's.
pub fn mime_type(extension: &str) -> &'static str {
    let find = |wanted: &str| MIME_TYPES.iter().find(|(known, _)| *known == wanted);
    let last = extension.rsplit('.').next().unwrap_or_default();
    find(extension).or_else(|| find(last)).map_or("application/octet-stream", |(_, mime_type)| mime_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_known_extension_decides_the_file_type() {
        for (filename, extension) in [
            ("app.ipa", Some("ipa")),
            ("App.IPA", Some("ipa")),
            ("my.app-1.2.3.apk", Some("apk")),
            ("app-1.2.tar.gz", Some("tar.gz")),
            ("app-1.2-x86_64.pkg.tar.zst", Some("pkg.tar.zst")),
            ("firmware", Some("")),
            ("libexample.so.1.2", Some("so")),
            ("tool-1.2", None),
            ("notes.unknown", None),
            (".apk", Some("")),
        ] {
            assert_eq!(find_filetype(filename).map(|filetype| filetype.extension), extension, "{filename}");
        }
    }

    #[test]
    fn the_longest_known_extension_decides_the_type_of_a_metadata_file() {
        for (filename, ending) in [
            ("build.log", Some("log")),
            ("BUILD.TXT", Some("txt")),
            ("app.spdx.json", Some("spdx.json")),
            ("package-lock.json", Some("package-lock.json")),
            ("Dockerfile", Some("Dockerfile")),
            (".nvmrc", Some(".nvmrc")),
            ("mapping.bin", None),
        ] {
            assert_eq!(find_metadata_filetype(filename).map(|(ending, _)| ending), ending, "{filename}");
        }
    }

    #[test]
    fn platforms_of_file_types_exist() {
        for filetype in FILETYPES {
            if let Some(platform) = filetype.platform {
                assert!(find_platform(platform).is_some(), "{}: {platform}", filetype.extension);
            }
        }
    }
}
