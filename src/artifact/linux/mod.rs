//! Linux packages and programs: deb, rpm, snap, flatpak, ELF.

mod architecture;
pub(super) mod deb;
pub(super) mod elf;
pub(super) mod flatpak;
pub(super) mod rpm;
pub(super) mod snap;
pub(super) mod squashfs;
