//! A page of HTML with all deliveries: one file, no network, light and dark.

use std::io::{self, Write};

use crate::delivery::Record;

/// The page, with `RECORDS` where they go.
const PAGE: &str = include_str!("page.html");
const PLACE: &str = "RECORDS</script>";

/// Writes the page. The records stand in it as JSON, in which nothing can end the element that they stand in; the script
/// shows them as text.
pub fn write_page(records: &[Record], out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = PAGE.split_once(PLACE).unwrap_or((PAGE, ""));
    out.write_all(before.as_bytes())?;
    out.write_all(b"[")?;
    for (number, record) in records.iter().enumerate() {
        if number > 0 {
            out.write_all(b",\n")?;
        }
        out.write_all(escaped(&serde_json::to_string(record)?).as_bytes())?;
    }
    write!(out, "]</script>{after}")
}

/// JSON without the characters that mean something in HTML. They can only stand in its texts.
fn escaped(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_place_for_the_records() {
        assert_eq!(PAGE.matches(PLACE).count(), 1);
    }

    #[test]
    fn nothing_in_a_text_can_end_the_script() {
        let json = serde_json::to_string("</script><script>alert(1)</script> & <!--").unwrap();
        let escaped = escaped(&json);
        assert!(!escaped.contains(['<', '>', '&']));
        assert_eq!(
            serde_json::from_str::<String>(&escaped).unwrap(),
            "</script><script>alert(1)</script> & <!--"
        );
    }
}
