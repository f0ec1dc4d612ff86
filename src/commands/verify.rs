//! `verify`: whether the signatures of a saved request hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::cli::{Tolerance, VerifyArgs};
use crate::exit_code::ExitCode;
use crate::receive::{
    DEFAULT_TOLERANCE, Key, MAX_BODY_BYTES, Problem, Received, SavedMessage, Scheme, Signature, check,
    parse_header, read_message,
};
use crate::report::{Console, printable};
use crate::settings::{self, Mistake};
use crate::system::System;

pub(super) fn verify(args: &VerifyArgs, system: &System, console: &mut Console) -> Result<ExitCode> {
    let secrets = settings::secrets(system)?;
    if secrets.is_empty() {
        return Err(Mistake::NoSecret.into());
    }
    let request = request(args)?;
    let keys: Vec<Key> = secrets.iter().map(Key::from).collect();
    let tolerance = match args.tolerance {
        None => Some(DEFAULT_TOLERANCE),
        Some(Tolerance::Any) => None,
        Some(Tolerance::Limit(limit)) => Some(limit),
    };
    let signatures = check(&request, &keys, tolerance, system.now());
    let is_valid = !signatures.is_empty() && signatures.iter().all(|signature| signature.result.is_ok());
    if args.json {
        let signatures: Vec<Value> = signatures.iter().map(Signature::to_json).collect();
        console.print_json(&json!({ "valid": is_valid, "signatures": signatures }).to_string());
    } else {
        print(&signatures, tolerance, console);
    }
    Ok(if is_valid { ExitCode::Success } else { ExitCode::Error })
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
    let mut headers = saved.headers;
    for header in &args.header {
        headers.push(parse_header(header).context("cannot use -H")?);
    }
    ensure!(
        !headers.is_empty(),
        "no headers; pass each with -H 'Name: value', or a file that contains them with --headers"
    );
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
        bail!("{name} is larger than 25 MB");
    }
    Ok(bytes)
}

fn print(signatures: &[Signature], tolerance: Option<Duration>, console: &mut Console) {
    if signatures.is_empty() {
        let names: Vec<&str> = Scheme::ALL.iter().map(|scheme| scheme.header()).collect();
        console.print(&format!("✗ unsigned: none of the headers {}", names.join(", ")));
        return;
    }
    let width = signatures.iter().map(|signature| signature.header.len()).max().unwrap_or(0);
    for Signature { header, result } in signatures {
        match result {
            Ok(origin) => console.print(&format!("✓ {header:<width$}  holds with {}", printable(origin))),
            Err(problem) => {
                let advice = match (problem, tolerance) {
                    (Problem::TooOld(_) | Problem::InFuture(_), Some(limit)) => {
                        format!(" (limit {} s; --tolerance changes it)", limit.as_secs())
                    }
                    _ => String::new(),
                };
                console.print(&format!("✗ {header:<width$}  {problem}{advice}"));
            }
        }
    }
}
