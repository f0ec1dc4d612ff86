//! Linux packages and programs: Alpine's apk, AppImage, deb, flatpak, rpm, snap, ELF.

pub(super) mod alpine;
pub(super) mod alpine_v3;
pub(super) mod appimage;
mod architecture;
pub(super) mod deb;
pub(super) mod elf;
mod elf_system;
pub(super) mod flatpak;
pub(super) mod rpm;
pub(super) mod snap;
mod squashfs;
