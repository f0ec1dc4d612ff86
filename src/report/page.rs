//! The page of deliveries: a single HTML file that loads nothing from the network.

use std::io::{self, Write};

use crate::delivery::Record;

/// The page, with [`PLACEHOLDER`] where the records belong.
const PAGE: &str = include_str!("page.html");
const PLACEHOLDER: &str = "RECORDS</script>";

/// Writes the page with these records.
pub fn write_page(records: &[Record], out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = PAGE.split_once(PLACEHOLDER).unwrap_or((PAGE, ""));
    out.write_all(before.as_bytes())?;
    out.write_all(b"[")?;
    for (number, record) in records.iter().enumerate() {
        if number > 0 {
            out.write_all(b",\n")?;
        }
        out.write_all(html_safe(&serde_json::to_string(record)?).as_bytes())?;
    }
    write!(out, "]</script>{after}")
}

/// Escapes the special characters of HTML, so that the JSON cannot end its `script` element. In JSON they occur only
/// within strings, which allow these escapes.
fn html_safe(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_place_for_the_records() {
        assert_eq!(PAGE.matches(PLACEHOLDER).count(), 1);
    }

    #[test]
    fn no_string_can_end_the_script() {
        let text = "</script><script>alert(1)</script> & <!--";
        let escaped = html_safe(&serde_json::to_string(text).unwrap());
        assert!(!escaped.contains(['<', '>', '&']));
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
