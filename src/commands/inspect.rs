//! `inspect`: the metadata of files, in Buildstash's words.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::Value;

use crate::artifact::{Artifact, shown_names};
use crate::exit_code::ExitCode;
use crate::format;
use crate::report::{Console, Progress, Table};
use crate::session::patterns::Finder;
use crate::settings::{self, RawSettings};
use crate::system::System;

/// How long finding the files, and reading their details, may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

pub(super) fn inspect(
    files: &[PathBuf],
    json: bool,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let mut warnings = Vec::new();
    let rules = settings::file_rules(&RawSettings::default(), system)?;
    let finder = Finder { folder: &system.folder, rules: &rules, until: Instant::now() + TIME_LIMIT };
    let files = finder.find(files, &mut warnings)?;
    let names = shown_names(&files, &system.folder);
    let progress = Progress::new(&files, system, console);
    let mut artifacts = Vec::new();
    Artifact::read_all(&files, &names, &|bytes| progress.add(bytes), TIME_LIMIT, &mut |read, about| {
        artifacts.extend(read);
        warnings.extend(about);
    });
    drop(progress);
    artifacts.sort_by_key(|(index, _)| *index);
    console.warnings(&warnings);
    let (mut metadata, mut exit_code) = (Vec::new(), ExitCode::Success);
    for (_, artifact) in artifacts {
        match artifact.and_then(|artifact| format::file_metadata(&artifact)) {
            Ok(fields) => metadata.push(fields),
            Err(error) => {
                console.error(&format!("{error:#}"));
                exit_code = ExitCode::Error;
            }
        }
    }
    if json {
        console.print_json(&serde_json::to_string_pretty(&metadata)?);
        return Ok(exit_code);
    }
    for (index, file) in metadata.iter().enumerate() {
        if index > 0 {
            console.print("");
        }
        let mut table = Table::new(&["FIELD", "VALUE"]);
        add_rows(file, "", &mut table);
        console.print_with(|out| table.write(out));
    }
    Ok(exit_code)
}

/// Adds a row for each known value, under its dotted path. An object with an `identifier` is shown as that.
fn add_rows(value: &Value, path: &str, table: &mut Table) {
    let identifier = |item: &Value| item.get("identifier").and_then(Value::as_str).map(str::to_owned);
    match value {
        Value::Null => {}
        Value::Object(entries) => match identifier(value) {
            Some(identifier) => table.row(&[path, &identifier]),
            None => {
                for (key, value) in entries {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    add_rows(value, &path, table);
                }
            }
        },
        Value::Array(items) => {
            let identifiers: Vec<String> = items.iter().filter_map(identifier).collect();
            if !identifiers.is_empty() {
                table.row(&[path, &identifiers.join(", ")]);
            }
        }
        Value::String(text) => table.row(&[path, text]),
        other => table.row(&[path, &other.to_string()]),
    }
}
