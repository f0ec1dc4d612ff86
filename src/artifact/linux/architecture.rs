//! The names by which Linux systems and their packages call architectures.
//!
//! Of the kernel (`uname -m`), of Debian, <https://wiki.debian.org/SupportedArchitectures>, and of RPM.

use crate::artifact::{Architecture, catalog};

/// The architecture of a name; `None` for `all`, `noarch` and unknown ones.
pub(crate) fn architecture_of(name: &str) -> Option<&'static Architecture> {
    catalog::architecture_of(match name {
        "x86_64" | "amd64" => "x64",
        "i386" | "i486" | "i586" | "i686" => "x86",
        "aarch64" | "arm64" => "arm64v8",
        "armv7hl" | "armv7hnl" | "armv7l" | "armhf" => "armv7",
        "armv6hl" | "armv6l" => "armv6",
        "armv5tel" | "armel" => "armv5",
        "ppc64" | "ppc64le" | "ppc64el" => "ppc64",
        "ppc" | "powerpc" => "ppc",
        "s390x" => "ibmz",
        "riscv64" => "risc-v64",
        "loongarch64" | "loong64" => "loongarch",
        "mips64" | "mips64el" => "mips64",
        "mips" | "mipsel" => "mips",
        "ia64" => "ia64",
        "sparc64" => "sparc",
        "alpha" => "alpha",
        _ => return None,
    })
}
