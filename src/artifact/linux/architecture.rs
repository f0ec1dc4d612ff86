//! Architecture names on Linux: those of the kernel (`uname -m`), Debian and RPM.
//!
//! <https://wiki.debian.org/SupportedArchitectures>

use crate::artifact::{Architecture, catalog};

/// The architecture with this name. `None` for `all`, `noarch` and unknown names.
pub(super) fn find_architecture(name: &str) -> Option<&'static Architecture> {
    catalog::find_architecture(match name {
        "x86_64" | "amd64" | "x86_64_v2" | "x86_64_v3" | "x86_64_v4" | "ia32e" | "znver1" => "x64",
        "x86" | "i386" | "i486" | "i586" | "i686" | "athlon" | "geode" => "x86",
        "aarch64" | "arm64" => "arm64v8",
        "armv7" | "armv7hl" | "armv7hnl" | "armv7l" | "armhf" => "armv7",
        "armv6hl" | "armv6l" => "armv6",
        "armv5tel" | "armv5tejl" | "armel" => "armv5",
        "armv8l" | "armv8hl" => "armv8",
        "ppc64" | "ppc64le" | "ppc64el" => "ppc64",
        "ppc" | "powerpc" => "ppc",
        "s390x" => "ibmz",
        "riscv64" => "risc-v64",
        "loongarch64" | "loong64" => "loongarch",
        "mips64" | "mips64el" => "mips64",
        "mips" | "mipsel" => "mips",
        "m68k" => "680x0",
        "hppa" => "pa-risc",
        "sh4" => "sh4",
        "ia64" => "ia64",
        "sparc64" | "sparcv9" => "sparc",
        "alpha" => "alpha",
        _ => return None,
    })
}
