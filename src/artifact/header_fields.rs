//! `Name: value` lines up to a blank one, as in email headers: in jar manifests, wheel metadata and Debian
//! control files.

/// The value of the first field with this name.
pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let lines = text.lines().take_while(|line| !line.trim().is_empty());
    lines.filter_map(|line| line.split_once(':')).find(|(key, _)| *key == name).map(|(_, value)| value.trim())
}
