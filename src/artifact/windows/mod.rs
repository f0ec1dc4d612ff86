//! Windows installers and programs: msi, msix, PE.

mod compound_file;
pub(super) mod msi;
pub(super) mod msix;
pub(super) mod pe;
