//! Errors in the configuration or the arguments.

use super::key::{flag_name, variable};

/// Wrong usage or configuration. Found before anything is sent; the program exits with 2.
///
/// Its message is one line: where the mistake is, what was found, what is expected, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// No endpoint is configured.
    #[error(
        "no endpoint configured; set BUILDHOOK_URL (and BUILDHOOK_SECRET to sign events) \
         or put TOML into BUILDHOOK_CONFIG"
    )]
    NoEndpoint,
    /// No endpoint is configured for a command below `run`, which removes their variables.
    #[error(
        "no endpoint configured; `buildhook run` removes URLs and secrets from the environment of its command. \
         To keep them, pass --pass-settings to `run` or set BUILDHOOK_PASS_SETTINGS=true"
    )]
    NoEndpointInRun,
    /// No secret is configured, and a command cannot do without.
    #[error("no secret configured; set BUILDHOOK_SECRET to that of the sender")]
    NoSecret,
    /// A value that its setting does not accept.
    #[error("{origin}: {}expected {expected}", found_part(.found.as_deref()))]
    BadValue {
        /// The flag, the variable, or the file, line and key.
        origin: String,
        /// The value; `None` if it is secret.
        found: Option<String>,
        /// Completes "expected …".
        expected: String,
    },
    /// Two values of a list of which only one is possible.
    #[error("{origin}: `{first}` and `{second}` exclude each other; choose one of them")]
    Exclusive {
        /// The flag.
        origin: String,
        /// One value.
        first: String,
        /// The other value.
        second: String,
    },
    /// A key of the file that is not a setting.
    #[error("{origin}: unknown key `{}`; {}", .key.escape_debug(), key_advice(.nearest.as_deref()))]
    UnknownKey {
        /// File and line.
        origin: String,
        /// The key.
        key: String,
        /// The setting with the most similar name.
        nearest: Option<String>,
    },
    /// A key of the file in the wrong table.
    #[error("{origin}: `{key}` belongs {place}")]
    MisplacedKey {
        /// File and line.
        origin: String,
        /// The key.
        key: String,
        /// Where it belongs.
        place: &'static str,
    },
    /// `${NAME}` in the file refers to a variable that is not set.
    #[error("{origin}: ${{{name}}} is not set; pass the variable to this step")]
    UnsetVariable {
        /// File and line.
        origin: String,
        /// The variable.
        name: String,
    },
    /// Settings of an endpoint without its URL.
    #[error("{origin}: this endpoint has no URL; set {missing}")]
    EndpointWithoutUrl {
        /// The variable, or file and line.
        origin: String,
        /// The variable or key that sets the URL.
        missing: String,
    },
    /// Two endpoints have the same name.
    #[error("{origin}: another endpoint is already named `{name}`; choose a different name")]
    DuplicateName {
        /// Where the second endpoint is declared.
        origin: String,
        /// The name.
        name: String,
    },
    /// A file that a setting names cannot be read.
    #[error("{origin}: cannot read {path}: {reason}")]
    UnreadableFile {
        /// Where the file is named.
        origin: String,
        /// The file.
        path: String,
        /// The system's error.
        reason: String,
    },
    /// The configuration is neither TOML nor the name of a file.
    #[error("{origin}: there is no file {path} (TOML text would contain `=`)")]
    NoConfig {
        /// Where the file is named.
        origin: String,
        /// The file.
        path: String,
    },
    /// The configuration file is not valid TOML.
    #[error("{origin}: {reason}")]
    Syntax {
        /// File and line.
        origin: String,
        /// The parser's message.
        reason: String,
    },
    /// A command needs a setting that is not set anywhere.
    #[error("missing {setting}; pass --{} or set {}", flag_name(.setting), variable(.setting))]
    Missing {
        /// The setting.
        setting: &'static str,
    },
    /// An event of the Action needs a setting that is not set anywhere.
    #[error("event {event} needs {}{setting}: set {} in env", article(.setting), variable(.setting))]
    MissingInAction {
        /// The input `event`.
        event: String,
        /// The setting.
        setting: &'static str,
    },
    /// The build's result is unknown.
    #[error("unknown build result; {advice}")]
    NoStatus {
        /// How to pass it on this CI.
        advice: String,
    },
    /// `redeliver` was called without ids, `--failed` and `--from`.
    #[error("no deliveries selected: pass ids or --failed, or a saved log with --from")]
    NoDeliveries,
}

/// How much of a value a message shows, in characters.
const MAX_FOUND_CHARS: usize = 200;

fn found_part(found: Option<&str>) -> String {
    let shorten = |found: &str| match found.char_indices().nth(MAX_FOUND_CHARS) {
        Some((end, _)) => format!("{}…", found[..end].escape_debug()),
        None => found.escape_debug().to_string(),
    };
    found.map(|found| format!("found `{}`, ", shorten(found))).unwrap_or_default()
}

fn article(noun: &str) -> &'static str {
    if noun.ends_with('s') { "" } else { "a " }
}

fn key_advice(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`buildhook settings` lists all keys".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Mistake;

    #[test]
    fn every_mistake_is_one_line() {
        let origin = || "the origin".to_owned();
        let text = |text: &str| text.to_owned();
        let bad_value = |found: Option<&str>| Mistake::BadValue {
            origin: origin(),
            found: found.map(text),
            expected: text("a number"),
        };
        let unknown_key = |nearest: Option<&str>| Mistake::UnknownKey {
            origin: origin(),
            key: text("a\u{1b}b"),
            nearest: nearest.map(text),
        };
        let missing_in_action = |setting| Mistake::MissingInAction { event: text("moved"), setting };
        let mistakes = every_variant!(Mistake,
            Mistake::NoEndpoint => [Mistake::NoEndpoint],
            Mistake::NoEndpointInRun => [Mistake::NoEndpointInRun],
            Mistake::NoSecret => [Mistake::NoSecret],
            Mistake::BadValue { .. } => [bad_value(Some("a\nb")), bad_value(None)],
            Mistake::Exclusive { .. } => [
                Mistake::Exclusive { origin: origin(), first: text("failed"), second: text("success") },
            ],
            Mistake::UnknownKey { .. } => [unknown_key(Some("the nearest")), unknown_key(None)],
            Mistake::MisplacedKey { .. } => [Mistake::MisplacedKey {
                origin: origin(),
                key: text("secret"),
                place: "below `[[endpoint]]`",
            }],
            Mistake::UnsetVariable { .. } => [Mistake::UnsetVariable { origin: origin(), name: text("NAME") }],
            Mistake::EndpointWithoutUrl { .. } => [
                Mistake::EndpointWithoutUrl { origin: origin(), missing: text("BUILDHOOK_URL_2") },
            ],
            Mistake::DuplicateName { .. } => [Mistake::DuplicateName { origin: origin(), name: text("lab") }],
            Mistake::UnreadableFile { .. } => [
                Mistake::UnreadableFile { origin: origin(), path: text("the file"), reason: text("the reason") },
            ],
            Mistake::NoConfig { .. } => [Mistake::NoConfig { origin: origin(), path: text("the file") }],
            Mistake::Syntax { .. } => [Mistake::Syntax { origin: origin(), reason: text("the reason") }],
            Mistake::Missing { .. } => [Mistake::Missing { setting: "notes_file" }],
            Mistake::MissingInAction { .. } => [missing_in_action("stream"), missing_in_action("labels")],
            Mistake::NoStatus { .. } => [Mistake::NoStatus { advice: text("the advice") }],
            Mistake::NoDeliveries => [Mistake::NoDeliveries],
        );
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert!(lines.iter().all(|line| line.lines().count() == 1), "{lines:?}");
        insta::assert_snapshot!("every_mistake", lines.join("\n"));
    }
}
