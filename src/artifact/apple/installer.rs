//! The manifests of a macOS installer package: `Distribution`, and `PackageInfo` of each component.
//!
//! <https://developer.apple.com/library/archive/documentation/DeveloperTools/Reference/DistributionDefinitionRef>

use super::{macos_architectures, xar};
use crate::artifact::budget::{Budget, ELEMENT};
use crate::artifact::xml::Reader;
use crate::artifact::{Architecture, Damage, Details, IosInfo, ReadSeek, catalog};

/// Components to read.
const MAX_COMPONENTS: usize = 8;

/// Reads version, identifier and architectures.
pub(super) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let (budget, reports) = (source.budget().clone(), source.reports().clone());
    let mut archive = xar::Archive::open(source, &["Distribution", "PackageInfo"])?;
    let mut found = Found::default();
    let files = archive.files().to_vec();
    let is_distribution = |file: &&xar::File| file.name == "Distribution";
    // A damaged file costs only what it contains.
    let mut read = |file: &xar::File| {
        let text = archive.read_text(file);
        reports.value(text.map_err(|Damage(reason)| format!("{}: {reason}", file.name)))
    };
    if let Some(text) = files.iter().find(is_distribution).and_then(&mut read) {
        found.add_distribution(&text, &budget)?;
    }
    for file in files.iter().filter(|file| !is_distribution(file)).take(MAX_COMPONENTS) {
        match read(file) {
            Some(text) => found.add_component(&text, &budget)?,
            None => found.has_unread_components = true,
        }
    }
    Ok(found.into_details())
}

/// An identifier and a version.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    identifier: Option<String>,
    version: Option<String>,
}

#[derive(Debug, Default)]
struct Found {
    /// The product that the whole package installs.
    product: Named,
    components: Vec<Named>,
    /// Whether a component is damaged, so that it is unknown whether all agree.
    has_unread_components: bool,
    architectures: Vec<&'static str>,
}

impl Found {
    fn add_distribution(&mut self, text: &str, budget: &Budget) -> Result<(), Damage> {
        let mut reader = Reader::new(text);
        while let Some(element) = reader.next_element() {
            budget.spend(ELEMENT)?;
            match element.name {
                "product" => {
                    self.product.identifier = element.attribute("id");
                    self.product.version = element.attribute("version");
                }
                "options" => {
                    let list = element.attribute("hostArchitectures").unwrap_or_default();
                    self.architectures =
                        list.split(',').filter_map(|name| architecture(name.trim())).collect();
                }
                // The same component is mentioned several times, once with its version.
                "pkg-ref" if self.components.len() < MAX_COMPONENTS => {
                    let version = element.attribute("version").filter(|version| version != "0");
                    let named = Named { identifier: element.attribute("id"), version };
                    if named.version.is_some() && !self.components.contains(&named) {
                        self.components.push(named);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_component(&mut self, text: &str, budget: &Budget) -> Result<(), Damage> {
        let mut reader = Reader::new(text);
        while let Some(element) = reader.next_element() {
            budget.spend(ELEMENT)?;
            if element.name == "pkg-info" {
                let (identifier, version) = (element.attribute("identifier"), element.attribute("version"));
                let named = Named { identifier, version };
                if !self.components.contains(&named) {
                    self.components.push(named);
                }
                break;
            }
        }
        Ok(())
    }

    /// A value that the product lacks is that of the only component, or that on which all agree.
    fn into_details(self) -> Details {
        let common = |value: fn(&Named) -> &Option<String>| {
            if self.has_unread_components {
                return None;
            }
            let mut values = self.components.iter().filter_map(|named| value(named).as_ref());
            let first = values.next()?;
            values.all(|value| value == first).then(|| first.clone())
        };
        let identifier = self.product.identifier.clone().or_else(|| common(|named| &named.identifier));
        let version = self.product.version.clone().or_else(|| common(|named| &named.version));
        let architectures: Vec<&Architecture> = macos_architectures(self.architectures)
            .into_iter()
            .filter_map(catalog::find_architecture)
            .collect();
        let info =
            IosInfo { bundle_id: identifier, version_short_string: version.clone(), ..IosInfo::default() };
        Details {
            platform: catalog::find_platform("macos"),
            architectures,
            ios: (info != IosInfo::default()).then_some(info),
            ..Details::with_version(version.as_deref())
        }
    }
}

fn architecture(name: &str) -> Option<&'static str> {
    Some(match name {
        "arm64" | "arm64e" => "arm64v8",
        "x86_64" | "x86_64h" => "x64",
        "i386" => "x86",
        "ppc" => "ppc",
        "ppc64" => "ppc64",
        _ => return None,
    })
}
