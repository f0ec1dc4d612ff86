//! AppImage: a Linux program that contains everything it needs.
//!
//! <https://docs.appimage.org>

use crate::artifact::executable::{self, read_executable};
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["appimage"], magics: executable::MAGICS, read };

fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    Ok(Details { platform: catalog::find_platform("linux"), ..read_executable(source)? })
}
