//! Records as the program seals them, made and read without its code.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// The seal of a record, in hexadecimal. The key is made from the endpoint's secret, or from its URL.
fn seal(secret_or_url: &str, record: &str) -> String {
    let mac = |key: &[u8], text: &str| {
        Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes()
    };
    hex::encode(mac(&mac(secret_or_url.as_bytes(), "buildhook record v1"), record))
}

/// The first line of a record.
pub fn sealed(secret_or_url: &str, record: &str) -> String {
    format!(r#"{{"seal":"{}","record":{record}}}"#, seal(secret_or_url, record))
}

/// The record in the first line, as written.
#[track_caller]
pub fn record_in(file: &str) -> &str {
    let line = file.lines().next().unwrap();
    let (start, rest) = line.split_at(r#"{"seal":"","record":"#.len() + 64);
    assert!(start.ends_with(r#"","record":"#), "{line}");
    rest.strip_suffix('}').unwrap()
}

#[test]
fn the_program_seals_as_documented() {
    let test = crate::builder::Test::new().env("BUILDHOOK_SECRET", "s3cret").endpoint(&[]);
    test.output(&["triggered"], &[]);
    let file = std::fs::read_dir(test.deliveries()).unwrap().next().unwrap().unwrap().path();
    let content = std::fs::read_to_string(file).unwrap();
    let record = record_in(&content);
    assert_eq!(content.lines().next().unwrap(), sealed("s3cret", record));
    assert_eq!(serde_json::from_str::<Value>(record).unwrap()["event"], "build/triggered");
}
