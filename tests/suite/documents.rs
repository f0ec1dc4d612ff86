//! The documents and `action.yml` agree with the declarations of the settings and with the list of CIs.
//!
//! The tables of settings and CIs, the examples of events and the inputs of the Action are generated. After a change of a
//! declaration, run `UPDATE_DOCUMENTS=1 cargo test --test suite documents` to write them anew.

mod events;
mod examples;
mod headers;
mod keys;
mod links;

use std::collections::BTreeSet;
use std::path::PathBuf;

use buildhook::settings::groups::{ENDPOINT, Group, top_level_groups};
use buildhook::settings::{ArtifactOptions, Key, ReleaseOptions, variable};

/// Inputs of the Action that are not settings: the launcher turns them into commands and their arguments.
const LAUNCHER_INPUTS: [&str; 10] =
    ["event", "artifacts", "needs", "status", "build", "save", "job-status", "job", "job-index", "matrix"];

#[test]
fn the_documents_list_every_setting_with_its_help_and_default() {
    for Group { name, keys } in groups() {
        assert_generated(
            "docs/settings.md",
            &format!("<!-- settings: {name} -->\n"),
            "<!-- end -->",
            &table(keys),
        );
    }
}

#[test]
fn the_inputs_of_the_action_are_the_settings_that_are_declared_as_inputs() {
    let expected: Vec<String> =
        groups().map(|group| inputs(group.keys)).filter(|text| !text.is_empty()).collect();
    let expected = expected.join("\n");
    assert_generated("action.yml", "  # settings\n", "  # end", &expected);

    let action = std::fs::read_to_string("action.yml").unwrap();
    let (_, rest) = action.split_once("\ninputs:\n").unwrap();
    let (inputs, _) = rest.split_once("\noutputs:\n").unwrap();
    let names = inputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let settings =
        groups().flat_map(|group| group.keys).filter(|key| key.input.is_some()).map(Key::flag_name);
    let known: BTreeSet<String> = LAUNCHER_INPUTS.map(str::to_owned).into_iter().chain(settings).collect();
    assert_eq!(names.map(str::to_owned).collect::<BTreeSet<_>>(), known);

    let launcher = std::fs::read_to_string("action/launcher.js").unwrap();
    let (_, rest) = launcher.split_once("LAUNCHER_INPUTS = new Set([").unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    let names = list.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty());
    assert_eq!(names.collect::<Vec<_>>(), LAUNCHER_INPUTS);
}

#[test]
fn the_documents_list_every_ci_as_it_is_declared() {
    let rows = buildhook::ci::provider_summaries().into_iter().map(|ci| {
        let results: Vec<String> = ci.result_variables.iter().map(|name| format!("`{name}`")).collect();
        let results = if results.is_empty() { "pass `--status`".to_owned() } else { results.join(", ") };
        format!("| {} | `{}` | {} | {results} |\n", ci.name, ci.id, ci.detected_by)
    });
    let head = "| CI | identifier | detected by | result |\n| --- | --- | --- | --- |\n".to_owned();
    let table = head + &rows.collect::<String>();
    assert_generated("docs/ci.md", "<!-- CIs -->\n", "<!-- end -->", &table);
    let count = table.lines().count() - 2;
    let readme = std::fs::read_to_string("README.md").unwrap();
    let before = readme.split(" CIs").filter_map(|text| text.rsplit([' ', '[']).next()?.parse().ok());
    let counts: Vec<usize> = before.collect();
    assert!(
        !counts.is_empty() && counts.iter().all(|found| *found == count),
        "README.md: there are {count} CIs"
    );
}

fn groups() -> impl Iterator<Item = Group> {
    std::iter::once(ENDPOINT).chain(top_level_groups())
}

/// A table in Markdown.
fn table(keys: &[Key]) -> String {
    let has_defaults = keys.iter().any(|key| !default(key).is_empty());
    let rows = keys.iter().map(|key| match has_defaults {
        true => format!("| `{}` | {} | {} |\n", key.name, key.help, default(key)),
        false => format!("| `{}` | {} |\n", key.name, key.help),
    });
    let head = match has_defaults {
        true => "| setting | meaning | default |\n| --- | --- | --- |\n",
        false => "| setting | meaning |\n| --- | --- |\n",
    };
    head.to_owned() + &rows.collect::<String>()
}

fn default(key: &Key) -> String {
    match (key.default_note, key.default) {
        ("", "") => String::new(),
        ("", value) => format!("`{value}`"),
        (note, _) => note.to_owned(),
    }
}

/// Inputs in YAML.
fn inputs(keys: &[Key]) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    keys.iter()
        .filter_map(|key| Some((key, key.input?)))
        .map(|(key, input)| {
            let help = if input.default.is_some() { key.help.to_owned() } else { key.help_with_default() };
            let default =
                input.default.map(|value| format!("    default: {}\n", quoted(value))).unwrap_or_default();
            format!("  {}:\n    description: {}\n{default}", key.flag_name(), quoted(&help))
        })
        .collect()
}

/// Fails unless `expected` is between the two lines of `file`, or writes it there.
#[track_caller]
fn assert_generated(file: &str, begin: &str, end: &str, expected: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{file} has no line {begin}"));
    let (found, after) = rest.split_once(end).unwrap_or_else(|| panic!("{file} has no {end} after {begin}"));
    if found == expected {
        return;
    }
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(file, [before, begin, expected, end, after].concat()).unwrap();
        return;
    }
    panic!(
        "{file} differs from the declarations after {begin}UPDATE_DOCUMENTS=1 writes it; expected:\n{expected}"
    );
}

#[test]
fn the_launcher_knows_the_settings_of_artifacts_and_releases() {
    let keys = ArtifactOptions::KEYS.iter().chain(ReleaseOptions::KEYS);
    let names: Vec<String> = keys.map(|key| format!("\"{}\"", variable(key.name))).collect();
    let lines: String = names.chunks(5).map(|names| format!("  {},\n", names.join(", "))).collect();
    let expected = format!("const EXPORTED_SETTINGS = [\n{lines}];\n");
    assert_generated("action/launcher.js", "// settings: artifact and release\n", "// end\n", &expected);
}

#[test]
fn no_example_puts_an_expression_into_the_configuration() {
    let mut checked = 0;
    for file in example_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        for block in configurations(&text) {
            assert!(
                !block.contains("${{"),
                "a branch name would become TOML in {}:\n{block}",
                file.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 0, "no example of a configuration is found");
    let bad = "with:\n  config: |\n    url = '${{ github.ref }}'\n  name: x\n";
    assert_eq!(configurations(bad), ["  config: |\n    url = '${{ github.ref }}'"]);
}

/// The YAML values of `config` and `BUILDHOOK_CONFIG`, with the lines that are indented below them.
fn configurations(text: &str) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let key = line.trim_start().trim_start_matches("- ");
        if !["config:", "BUILDHOOK_CONFIG:"].iter().any(|name| key.starts_with(name)) {
            continue;
        }
        let mut block = line.to_owned();
        while let Some(next) = lines.next_if(|next| next.trim().is_empty() || indent(next) > indent(line)) {
            block += &format!("\n{next}");
        }
        blocks.push(block);
    }
    blocks
}

/// Everything that users copy from.
pub fn example_files() -> Vec<PathBuf> {
    let mut files = vec!["README.md".into()];
    let mut folders: Vec<PathBuf> = ["docs", "templates", "integrations", ".github"].map(Into::into).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}
