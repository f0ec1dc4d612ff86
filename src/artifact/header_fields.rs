//! `Name: value` lines up to a blank one, as in email headers: in jar manifests, wheel metadata and Debian
//! control files.

/// The value of the first field with this name, in any case.
pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    fields(text, name).next()
}

/// The values of all fields with this name, in any case.
pub(super) fn fields<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = text.lines().take_while(|line| !line.trim().is_empty());
    let fields = lines.filter_map(|line| line.split_once(':'));
    fields.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
