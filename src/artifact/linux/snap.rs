//! snap: a Linux package, which is a SquashFS image.
//!
//! <https://snapcraft.io/docs/snap-format>: `meta/snap.yaml` contains version and architectures.

use super::architecture::find_architecture;
use super::squashfs::{self, Image};
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["snap"], magics: &[squashfs::MAGIC], read };

/// Architectures to look at.
const MAX_ARCHITECTURES: usize = 32;

fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let text = Image::open(source)?.read("meta/snap.yaml")?.ok_or("no meta/snap.yaml")?;
    let text = String::from_utf8_lossy(&text);
    let (version, _) = top_level(&text, "version").unwrap_or_default();
    Ok(Details {
        platform: catalog::find_platform("linux"),
        architectures: architectures(&text).take(MAX_ARCHITECTURES).filter_map(find_architecture).collect(),
        ..Details::with_package_version(version, None, version)
    })
}

/// The architectures of `architectures: [amd64, arm64]`, or of a list with one item per line.
fn architectures(text: &str) -> impl Iterator<Item = &str> {
    let (inline, rest) = top_level(text, "architectures").unwrap_or_default();
    let items = rest.lines().skip(1).map_while(|line| line.trim_start().strip_prefix("- ")).map(unquote);
    inline.trim_matches(['[', ']']).split(',').map(unquote).chain(items)
}

/// The value of a top-level key, and the text from its line on. Enough for YAML as snapcraft writes it.
fn top_level<'a>(text: &'a str, key: &str) -> Option<(&'a str, &'a str)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(value) = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(':')) {
            return Some((unquote(value), &text[start..]));
        }
        start += line.len();
    }
    None
}

/// The value without quotes and without a comment after it.
fn unquote(value: &str) -> &str {
    let value = value.trim();
    match value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
        Some(quote) => value[1..].split(quote).next().unwrap_or_default(),
        None => value.split(" #").next().unwrap_or_default().trim_end(),
    }
}

#[cfg(test)]
mod tests {
    use super::{architectures, top_level};

    #[test]
    fn both_list_styles_are_read() {
        let block =
            "name: app\nversion: '1.2' # the first\narchitectures:\n- amd64\n- arm64\ngrade: stable\n";
        let inline = "version: 1.2 # the first\narchitectures: [ \"amd64\", arm64 ]\n";
        for text in [block, inline] {
            let found: Vec<&str> = architectures(text).filter(|name| !name.is_empty()).collect();
            assert_eq!(found, ["amd64", "arm64"], "{text}");
            assert_eq!(top_level(text, "version").unwrap().0, "1.2");
        }
        assert_eq!(architectures("name: app\n").filter(|name| !name.is_empty()).count(), 0);
    }
}
