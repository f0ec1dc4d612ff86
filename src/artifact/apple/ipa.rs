//! ipa: an app for iOS, iPadOS, tvOS, watchOS or visionOS, in the folder `Payload`.

use std::ops::ControlFlow;

use super::bundle::Bundles;
use crate::artifact::archive::zip::{self, Archive};
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, ReadSeek};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["ipa"], magics: &[zip::MAGIC], read };

/// Reads the first app.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let mut bundles = Bundles::default();
    archive.each(|entry| {
        if let Some((folder, file)) = in_app(&entry.name.clone()) {
            bundles.add(folder, file, entry);
        }
        ControlFlow::Continue(())
    })?;
    let bundles = bundles.into_bundles();
    let bundle = bundles.first().ok_or("no Payload/*.app/Info.plist")?;
    Ok(bundle.read(&mut archive))
}

/// The app's folder and the file's name, for a file directly in the app: `Payload/Name.app/Info.plist`.
/// `None` for files of frameworks and extensions.
fn in_app(name: &str) -> Option<(&str, &str)> {
    let (folder, file) = name.rsplit_once('/')?;
    let app = folder.strip_prefix("Payload/")?;
    (app.ends_with(".app") && !app.contains('/')).then_some((folder, file))
}
