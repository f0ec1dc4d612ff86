//! `verify`: whether the signatures of a saved request hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::cli::{Tolerance, VerifyArgs};
use crate::exit_code::ExitCode;
use crate::receive::{
    DEFAULT_TOLERANCE, Key, MAX_BODY_BYTES, Received, SavedMessage, Scheme, Signature, check, parse_header,
    read_message,
};
use crate::report::{Console, printable};
use crate::settings::{self, Mistake};
use crate::system::System;

pub(super) fn verify(args: &VerifyArgs, system: &System, console: &mut Console) -> Result<ExitCode> {
    let secrets = settings::secrets(system)?;
    if secrets.is_empty() {
        return Err(Mistake::NoSecret.into());
    }
    let mut request = request(args)?;
    let keys: Vec<Key> = secrets.iter().map(Key::from).collect();
    let tolerance = match args.tolerance {
        None => Some(DEFAULT_TOLERANCE),
        Some(Tolerance::Any) => None,
        Some(Tolerance::Limit(limit)) => Some(limit),
    };
    let check = |request: &Received| check(request, &keys, tolerance, system.now());
    let mut signatures = check(&request);
    let fits = |signatures: &[Signature]| signatures.iter().any(Signature::fits_body);
    let mut is_shortened = false;
    // Editors end each file with a line break.
    if args.body.is_none()
        && args.headers.is_some()
        && !fits(&signatures)
        && remove_line_break(&mut request.body)
    {
        let others = check(&request);
        is_shortened = fits(&others);
        if is_shortened {
            signatures = others;
        }
    }
    let is_valid = !signatures.is_empty() && signatures.iter().all(|signature| signature.result.is_ok());
    if args.json {
        let signatures: Vec<Value> = signatures.iter().map(Signature::to_json).collect();
        let json =
            json!({ "valid": is_valid, "without_last_line_break": is_shortened, "signatures": signatures });
        console.print_json(&json.to_string());
    } else {
        print(&signatures, is_shortened, console);
    }
    Ok(if is_valid { ExitCode::Success } else { ExitCode::Error })
}

/// Removes the line break at the end, if there is one.
fn remove_line_break(body: &mut Vec<u8>) -> bool {
    if body.pop_if(|byte| *byte == b'\n').is_none() {
        return false;
    }
    body.pop_if(|byte| *byte == b'\r');
    true
}

fn request(args: &VerifyArgs) -> Result<Received> {
    let message = args.headers.as_deref().map(read).transpose()?;
    let saved = match &message {
        None => SavedMessage::default(),
        Some(message) => {
            let name = args.headers.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
            read_message(message).with_context(|| format!("cannot read headers from {name}"))?
        }
    };
    let mistake = |found: Option<&str>, expected: &str| Mistake::BadValue {
        origin: "-H".to_owned(),
        found: found.map(str::to_owned),
        expected: expected.to_owned(),
    };
    let headers = args
        .header
        .iter()
        .map(|header| parse_header(header).ok_or_else(|| mistake(Some(header), "`Name: value`")));
    let mut headers: Vec<(String, String)> = headers.collect::<Result<_, _>>()?;
    // A header of the command line replaces those of the file.
    let is_replaced = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let in_file: Vec<_> = saved.headers.into_iter().filter(|(name, _)| !is_replaced(name)).collect();
    headers.extend(in_file);
    if headers.is_empty() {
        let expected =
            "a header, 'Name: value', for each of the request, or a file that contains them with --headers";
        return Err(mistake(None, expected).into());
    }
    let is_standard_input = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    let is_body_in_input = is_standard_input(&args.body) || args.body.is_none() && saved.body.is_none();
    if is_standard_input(&args.headers) && is_body_in_input {
        let expected = "an empty line and the body behind the headers, or the body in a file";
        let origin = "--headers -".to_owned();
        return Err(Mistake::BadValue { origin, found: None, expected: expected.to_owned() }.into());
    }
    let body = match (&args.body, saved.body) {
        (Some(path), _) => read(path)?,
        (None, Some(body)) => body.to_vec(),
        (None, None) => read(Path::new("-"))?,
    };
    Ok(Received::new(headers, body))
}

/// Reads a file, or standard input if it is `-`.
fn read(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let limit = MAX_BODY_BYTES as u64;
    let mut bytes = Vec::new();
    let input: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => Box::new(File::open(path).with_context(|| format!("cannot open {name}"))?),
    };
    input.take(limit + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    if bytes.len() > MAX_BODY_BYTES {
        bail!("{name} is larger than 25 MiB");
    }
    Ok(bytes)
}

fn print(signatures: &[Signature], is_shortened: bool, console: &mut Console) {
    if signatures.is_empty() {
        let names: Vec<&str> = Scheme::ALL.iter().map(|scheme| scheme.header()).collect();
        console.print(&format!("✗ unsigned: none of the headers {}", names.join(", ")));
        return;
    }
    let width = signatures.iter().map(|signature| signature.header.len()).max().unwrap_or(0);
    let note = if is_shortened { " (without the last line break of the file)" } else { "" };
    for Signature { header, result } in signatures {
        match result {
            Ok(origin) => {
                console.print(&format!("✓ {header:<width$}  holds with {}{note}", printable(origin)));
            }
            Err(problem) => {
                let advice = if problem.is_of_time() { "; --tolerance changes the limit" } else { "" };
                console.print(&format!("✗ {header:<width$}  {problem}{advice}"));
            }
        }
    }
}
