//! Linux packages and programs: AppImage, deb, flatpak, rpm, snap, ELF.

pub(super) mod appimage;
mod architecture;
pub(super) mod deb;
pub(super) mod elf;
pub(super) mod flatpak;
pub(super) mod rpm;
pub(super) mod snap;
mod squashfs;
