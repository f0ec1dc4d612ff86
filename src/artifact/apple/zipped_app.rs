//! zip: an app or an Xcode archive in a zip archive, which has no other details.

use std::ops::ControlFlow;

use super::bundle::Bundles;
use crate::artifact::archive::zip::Archive;
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, ReadSeek};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["zip"], magics: &[], read: |source| Ok(read(source).unwrap_or_default()) };

/// Entries to look at. Large archives are rarely apps.
const MAX_ENTRIES: usize = 50_000;

/// Reads the only app. An archive of several is not an app.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let (mut bundles, mut count) = (Bundles::default(), 0);
    archive.each(|entry| {
        count += 1;
        if let Some((folder, file)) = in_app(&entry.name.clone()) {
            bundles.add(folder, file, entry);
        }
        if count < MAX_ENTRIES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match bundles.into_bundles().as_slice() {
        [bundle] => Ok(bundle.read(&mut archive)),
        _ => Ok(Details::default()),
    }
}

/// The folder with an app's `Info.plist` and the file's name, for a file directly in that folder. The app is at the top, in
/// one folder, or in an Xcode archive. `None` for apps in apps.
fn in_app(name: &str) -> Option<(&str, &str)> {
    let (folder, file) = name.rsplit_once('/')?;
    let app = folder.strip_suffix("/Contents").unwrap_or(folder);
    let (outside, app) = app.rsplit_once('/').unwrap_or(("", app));
    let archive =
        outside.strip_suffix("/Products/Applications").filter(|archive| archive.ends_with(".xcarchive"));
    let is_outside = match archive.unwrap_or(outside).rsplit_once('/') {
        Some(_) => false,
        None => !outside.ends_with(".app") && outside != "__MACOSX",
    };
    (app.ends_with(".app") && is_outside).then_some((folder, file))
}
