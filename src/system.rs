//! What a process takes from the machine it runs on, as values that a test can replace.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use jiff::Timestamp;
use uuid::Uuid;

/// The machine as the rest of the house sees it.
#[derive(Debug, Clone)]
pub struct System {
    /// The process's environment variables.
    pub environment: Environment,
    /// The folder the process was started in.
    pub folder: PathBuf,
    /// Whether what goes to stderr is shown on a terminal.
    pub has_terminal: bool,
    /// Whether what goes to stdout is shown on a terminal.
    pub shows_output: bool,
    /// Tells the time.
    pub clock: fn() -> Timestamp,
    /// Fills a slice with random bytes that nobody can predict.
    pub randomness: fn(&mut [u8]) -> io::Result<()>,
}

impl System {
    /// The real machine.
    pub fn of_process() -> Self {
        Self {
            environment: Environment::of_process(),
            folder: std::env::current_dir().unwrap_or_default(),
            has_terminal: io::stderr().is_terminal(),
            shows_output: io::stdout().is_terminal(),
            clock: Timestamp::now,
            randomness: |bytes| getrandom::fill(bytes).map_err(io::Error::other),
        }
    }

    /// Whether results may have colours: on a terminal, unless `NO_COLOR` says no, <https://no-color.org>.
    pub fn shows_colour(&self) -> bool {
        let is_plain =
            self.environment.get("NO_COLOR").is_some() || self.environment.get("TERM") == Some("dumb");
        self.shows_output && !is_plain
    }

    /// The time, by [`System::clock`].
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// `N` random bytes, by [`System::randomness`].
    pub fn random<const N: usize>(&self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        (self.randomness)(&mut bytes)?;
        Ok(bytes)
    }

    /// A fresh UUIDv7 for something that happens at `time`.
    pub fn new_id(&self, time: Timestamp) -> io::Result<Uuid> {
        let millis = u64::try_from(time.as_millisecond()).unwrap_or_default();
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &self.random()?).into_uuid())
    }
}

/// Environment variables, by name.
///
/// A variable whose value is blank counts as absent: CIs set many variables and leave those that do not apply
/// empty. Only [`Environment::raw`] tells a blank variable from a missing one.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    unreadable: Vec<String>,
}

impl Environment {
    /// The environment of this process. Variables that are not UTF-8 are left out, but
    /// [named](Environment::unreadable).
    pub fn of_process() -> Self {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => {
                    environment.variables.insert(name, value);
                }
                (Ok(name), Err(_)) => environment.unreadable.push(name),
                (Err(_), _) => {}
            }
        }
        environment
    }

    /// The variable's value, trimmed, unless it is blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// The variable's value as it stands, which may be empty.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Whether the variable is set to something that CIs use for yes: not blank, not `false`, `0` or `no`.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "false" | "0" | "no"))
    }

    /// The first of these variables that is set to something that CIs use for yes.
    pub fn marker(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.is_set(name))
    }

    /// The variable's name, if it has this very value.
    pub fn marker_with(&self, name: &'static str, value: &str) -> Option<&'static str> {
        (self.get(name) == Some(value)).then_some(name)
    }

    /// Every variable with its value, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Names of variables that are set to something other than UTF-8.
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }
}

/// Names only: any value may be a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.variables.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, unreadable: Vec::new() }
    }
}
