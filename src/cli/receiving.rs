//! The arguments of the commands for those who receive events.

use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::SendFlags;
use crate::event_name::EventName;
use crate::format::FormatChoice;
use crate::settings::Setting;

/// Arguments of `listen`.
#[derive(Debug, Args)]
pub struct ListenArgs {
    /// The port of the loopback interface; 0 is any free one
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    pub port: u16,
    /// Also post each request to this URL as it came, and answer as it does
    #[arg(long, value_name = "URL")]
    pub forward: Option<String>,
    /// The answer: a status from 200 to 599, `slow` (200 after 15 seconds) or `reset` (none)
    #[arg(long, value_name = "ANSWER", default_value = "200", value_parser = parse_respond, conflicts_with = "forward")]
    pub respond: Respond,
    /// Answer requests for this host too, such as that of a tunnel; can be repeated
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub allow_host: Vec<String>,
    /// Save each request as a file in this folder, for `verify --headers` and editors
    #[arg(long, value_name = "FOLDER")]
    pub save: Option<PathBuf>,
    /// Print headers and bodies
    #[arg(long, short)]
    pub verbose: bool,
    /// Print one line of JSON per request, also for refused ones
    #[arg(long)]
    pub json: bool,
}

/// What `listen` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Respond {
    /// This status.
    Status(u16),
    /// 200, late.
    Slow,
    /// Nothing: the connection is reset.
    Reset,
}

fn parse_respond(text: &str) -> Result<Respond, &'static str> {
    match text {
        "slow" => Ok(Respond::Slow),
        "reset" => Ok(Respond::Reset),
        _ => match text.parse() {
            Ok(status @ 200..600) => Ok(Respond::Status(status)),
            _ => Err("expected a status from 200 to 599, slow or reset"),
        },
    }
}

/// A host name or address as hosts of requests are compared with it: without the last dot, and without brackets.
fn parse_host(text: &str) -> Result<String, &'static str> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.split('.').all(|label| !label.is_empty() && label.bytes().all(is_of_name)) {
        return Ok(name.to_owned());
    }
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    match address.parse::<Ipv6Addr>() {
        Ok(address) => Ok(address.to_string()),
        Err(_) => Err("expected a host name without scheme and port, such as tunnel.example"),
    }
}

/// Arguments of `sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The event, such as build/finished
    #[arg(value_name = "EVENT", value_parser = parse_event)]
    pub event: EventName,
    /// A variant; can be repeated, or a list with commas
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    pub case: Vec<Case>,
    /// The format to print: native or cdevents [default: native]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format, conflicts_with = "send")]
    pub format: Option<FormatChoice>,
    /// Send it to the configured endpoints instead, each in its own format
    #[arg(long)]
    pub send: bool,
    /// Output.
    #[command(flatten)]
    pub flags: SendFlags,
}

fn parse_event(text: &str) -> Result<EventName, String> {
    let all = || EventName::ALL.into_iter().chain([EventName::Ping]);
    all().find(|name| name.as_str() == text).ok_or_else(|| {
        let names: Vec<&str> = all().map(EventName::as_str).collect();
        format!("expected one of {}", names.join(", "))
    })
}

fn parse_format(text: &str) -> Result<FormatChoice, String> {
    FormatChoice::by_name(text).ok_or_else(|| {
        let names: Vec<&str> = FormatChoice::all().map(FormatChoice::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The file with the exact body; by default what follows the headers in their file, else standard input
    #[arg(value_name = "BODY")]
    pub body: Option<PathBuf>,
    /// A header, `Name: value`; can be repeated
    #[arg(short = 'H', long, value_name = "HEADER")]
    pub header: Vec<String>,
    /// A file with headers, as `curl -i` or an HTTP file has them; the body may follow
    #[arg(long, value_name = "FILE")]
    pub headers: Option<PathBuf>,
    /// How far `webhook-timestamp` may be from now, such as 1h, or `any` [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_tolerance)]
    pub tolerance: Option<Tolerance>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How far a timestamp may be from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Any distance.
    Any,
    /// At most this.
    Limit(Duration),
}

fn parse_tolerance(text: &str) -> Result<Tolerance, String> {
    match text {
        "any" => Ok(Tolerance::Any),
        _ => match <Duration as Setting>::parse(text) {
            Some(limit) => Ok(Tolerance::Limit(limit)),
            None => Err(format!("expected any, or {}", Duration::EXPECTED)),
        },
    }
}

/// A variant of a sample event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Case {
    /// The build succeeded (default)
    Success,
    /// The build failed
    Failed,
    /// The build was cancelled
    Aborted,
    /// The build was skipped
    Skipped,
    /// A pull request (default)
    PullRequest,
    /// A pull request from a fork
    Fork,
    /// A push to the main branch
    Push,
    /// A tag
    Tag,
    /// Two jobs of a matrix, an event for each
    Matrix,
    /// An app for Android (default)
    Apk,
    /// An app for iOS
    Ipa,
}

#[cfg(test)]
mod tests {
    use super::parse_host;

    #[test]
    fn an_allowed_host_is_one_that_can_match() {
        for (text, host) in [
            ("a-1.b_c.example", "a-1.b_c.example"),
            ("a.example.", "a.example"),
            ("10.0.0.1", "10.0.0.1"),
            ("[0:0::2]", "::2"),
            ("::2", "::2"),
        ] {
            assert_eq!(parse_host(text).as_deref(), Ok(host));
        }
        for text in [
            "",
            ".",
            "a..b",
            "a.b:443",
            "https://a.b",
            "a.b/",
            "*.b",
            "a b",
            "[::2]:80",
            "[a.b]",
            "ü.b",
            "u@a.b",
        ] {
            assert!(parse_host(text).is_err(), "{text}");
        }
    }
}
