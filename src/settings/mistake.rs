//! What a user can get wrong in the configuration.

use std::fmt;

use super::keys;

/// Wrong usage or configuration: one line that names the thing, what was found and what to do. Refused before
/// anything is sent, with exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// No endpoint is configured anywhere.
    NoEndpoint,
    /// A value is not of the form that its setting takes. `found` is `None` where the value is secret.
    BadValue {
        /// The variable, flag, or file and line.
        origin: String,
        /// The value, unless it is secret.
        found: Option<String>,
        /// What it should be.
        expected: String,
    },
    /// The file has a key that is no setting.
    UnknownKey {
        /// File and line.
        origin: String,
        /// The key.
        key: String,
        /// The setting that is most like it.
        nearest: Option<String>,
    },
    /// `${NAME}` in the file names a variable that is not set.
    UnsetVariable {
        /// File and line.
        origin: String,
        /// The variable.
        name: String,
    },
    /// A setting of an endpoint that has no URL.
    EndpointWithoutUrl {
        /// The variable, or file and line.
        origin: String,
        /// What is missing: the variable or key.
        missing: String,
    },
    /// Two endpoints have been given the same name.
    DuplicateName {
        /// Where the second one is.
        origin: String,
        /// The name.
        name: String,
    },
    /// A file cannot be read.
    UnreadableFile {
        /// Where the file is named.
        origin: String,
        /// The file and what the system said.
        reason: String,
    },
    /// The configuration file is not TOML.
    Syntax {
        /// File and line.
        origin: String,
        /// What the parser said.
        reason: String,
    },
    /// A command needs a setting that is nowhere.
    Missing {
        /// The setting.
        setting: &'static str,
    },
    /// The pipeline's result is not known.
    NoStatus {
        /// What to do on this CI.
        advice: String,
    },
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEndpoint => formatter.write_str(
                "no endpoint: set BUILDHOOK_URL to where events should be posted \
                 (and BUILDHOOK_SECRET to sign them), or write a .buildhook.toml",
            ),
            Self::BadValue { origin, found: Some(found), expected } => {
                write!(formatter, "{origin}: found `{}`, expected {expected}", found.escape_debug())
            }
            Self::BadValue { origin, found: None, expected } => {
                write!(formatter, "{origin}: expected {expected}")
            }
            Self::UnknownKey { origin, key, nearest } => {
                write!(formatter, "{origin}: unknown key `{}`", key.escape_debug())?;
                match nearest {
                    Some(nearest) => write!(formatter, "; did you mean `{nearest}`?"),
                    None => formatter.write_str("; the keys are listed in the README"),
                }
            }
            Self::UnsetVariable { origin, name } => {
                write!(formatter, "{origin}: ${{{name}}} is not set; pass the variable to this step")
            }
            Self::EndpointWithoutUrl { origin, missing } => {
                write!(formatter, "{origin}: belongs to an endpoint without an address; set {missing}")
            }
            Self::DuplicateName { origin, name } => {
                write!(formatter, "{origin}: another endpoint is called `{name}` too; give each its own name")
            }
            Self::UnreadableFile { origin, reason } => write!(formatter, "{origin}: cannot read {reason}"),
            Self::Syntax { origin, reason } => write!(formatter, "{origin}: {reason}"),
            Self::Missing { setting } => {
                write!(
                    formatter,
                    "{setting} is not known; pass --{} or set {}",
                    keys::flag(setting),
                    keys::variable(setting)
                )
            }
            Self::NoStatus { advice } => write!(formatter, "how the build ended is not known; {advice}"),
        }
    }
}

impl std::error::Error for Mistake {}
