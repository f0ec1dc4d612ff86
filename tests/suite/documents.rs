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

/// The inputs of the Action for people, in their order.
const INPUTS: [&str; 14] = [
    "event",
    "url",
    "secret",
    "artifacts",
    "needs",
    "status",
    "events",
    "results",
    "branches",
    "format",
    "fields",
    "fail-on-error",
    "summary",
    "config",
];

/// The inputs of the Action that only GitHub fills. They come last.
const INPUTS_OF_GITHUB: [&str; 4] = ["job-status", "job", "job-index", "matrix"];

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
fn the_action_has_these_inputs_and_no_others() {
    let names: Vec<String> = inputs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [&INPUTS[..], &INPUTS_OF_GITHUB].concat());
    for (name, description) in inputs() {
        let is_of_github = INPUTS_OF_GITHUB.contains(&name.as_str());
        assert_eq!(description.contains("Set by GitHub"), is_of_github, "{name}: {description}");
    }
}

#[test]
fn inputs_that_are_settings_are_described_as_they_are_declared() {
    let settings: Vec<&Key> = settings_with_inputs().collect();
    let names: Vec<String> = settings.iter().map(|key| key.flag_name()).collect();
    let others = ["event", "artifacts", "needs", "status"].map(str::to_owned);
    let known: BTreeSet<String> = names.iter().cloned().chain(others).collect();
    assert_eq!(known, INPUTS.map(str::to_owned).into());

    for key in settings {
        let name = key.flag_name();
        let next = INPUTS.iter().skip_while(|input| **input != name).nth(1).unwrap_or(&"job-status");
        let separator = if *next == "job-status" { "  # end\n" } else { &format!("  {next}:\n") };
        assert_generated("action.yml", &format!("  {name}:\n"), separator, &input(key));
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let expected = format!("const SETTING_INPUTS = [\n  {},\n];\n", quoted.join(", "));
    assert_generated("action/inputs.js", "// settings: inputs\n", "// end\n", &expected);
}

#[test]
fn the_document_of_the_action_lists_its_inputs() {
    let rows: String = inputs()
        .into_iter()
        .filter(|(name, _)| INPUTS.contains(&name.as_str()))
        .map(|(name, description)| format!("| `{name}` | {description} |\n"))
        .collect();
    let expected = format!("| input | meaning |\n| --- | --- |\n{rows}");
    assert_generated("docs/github.md", "<!-- inputs -->\n", "<!-- end -->", &expected);
}

/// The settings that are inputs.
fn settings_with_inputs() -> impl Iterator<Item = &'static Key> {
    groups().flat_map(|group| group.keys).filter(|key| key.input.is_some())
}

/// The inputs in action.yml, with their descriptions.
fn inputs() -> Vec<(String, String)> {
    let action = std::fs::read_to_string("action.yml").unwrap();
    let (_, rest) = action.split_once("\ninputs:\n").unwrap();
    let (text, _) = rest.split_once("\noutputs:\n").unwrap();
    let mut inputs: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("  ").filter(|line| !line.starts_with([' ', '#'])) {
            inputs.push((name.trim_end_matches(':').to_owned(), String::new()));
        } else if let Some(text) = line.strip_prefix("    description: ") {
            let text = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text);
            inputs.last_mut().unwrap().1 = text.replace("''", "'");
        }
    }
    inputs
}

/// An input in YAML, without its name.
fn input(key: &Key) -> String {
    let help = match key.input.and_then(|input| input.default) {
        Some(default) => format!("{} [default: {default}]", key.help),
        None => key.help_with_default(),
    };
    let description = format!("    description: '{}'\n", help.replace('\'', "''"));
    // The launcher warns about a secret that is empty, but not where none is given.
    let default = if key.name == "secret" {
        "    default: ' ' # not given; an empty one is a missing secret\n"
    } else {
        ""
    };
    description + default
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
