//! Texts of lines `Name: value` up to a blank one, as in e-mail: manifests of jars, metadata of wheels and of debs.

/// The value of a line `Name: value`.
pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text.lines().take_while(|line| !line.trim().is_empty());
    lines.filter_map(|line| line.split_once(':')).find(|(key, _)| *key == name).map(|(_, value)| value.trim())
}
