//! The README tells of everything there is.

use buildhook::settings::Endpoint;
use buildhook::settings::groups::top_level;

const README: &str = include_str!("../../README.md");

#[test]
fn every_setting_is_in_the_readme() {
    for key in top_level().chain(Endpoint::KEYS) {
        let mention = format!("`{}`", key.name);
        assert!(README.contains(&mention), "{mention} is missing");
    }
}

#[test]
fn every_ci_is_in_the_readme() {
    for file in std::fs::read_dir("tests/environments").unwrap() {
        let path = file.unwrap().path();
        let id = path.file_stem().unwrap().to_str().unwrap();
        let mention = format!("| `{id}` |");
        assert!(id == "none" || README.contains(&mention), "{mention} is missing");
    }
}
