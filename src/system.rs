//! Everything that a process takes from its machine, as values that a test can replace.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
#[cfg(unix)]
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// The machine, as the rest of the program sees it.
#[derive(Debug, Clone)]
pub struct System {
    /// The environment variables of the process.
    pub environment: Environment,
    /// The folder that the process was started in.
    pub folder: PathBuf,
    /// The configuration of the machine.
    pub machine_config: PathBuf,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Returns the current time.
    pub clock: fn() -> Timestamp,
    /// Fills a slice with cryptographically secure random bytes.
    pub randomness: fn(&mut [u8]) -> io::Result<()>,
}

impl System {
    /// The machine that this process runs on.
    pub fn from_process() -> Self {
        #[cfg(unix)]
        survive_size_limits();
        Self {
            environment: Environment::from_process(),
            folder: std::env::current_dir().unwrap_or_default(),
            machine_config: "/etc/buildhook.toml".into(),
            stderr_is_terminal: io::stderr().is_terminal(),
            stdout_is_terminal: io::stdout().is_terminal(),
            clock: Timestamp::now,
            randomness: |bytes| getrandom::fill(bytes).map_err(io::Error::other),
        }
    }

    /// Whether to print colors: on a terminal, unless `NO_COLOR` is set, <https://no-color.org>.
    pub fn use_color(&self) -> bool {
        let is_plain =
            self.environment.get("NO_COLOR").is_some() || self.environment.get("TERM") == Some("dumb");
        self.stdout_is_terminal && !is_plain
    }

    /// The current time, from [`System::clock`].
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// `N` random bytes, from [`System::randomness`].
    pub fn random<const N: usize>(&self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        (self.randomness)(&mut bytes)?;
        Ok(bytes)
    }

    /// A new UUIDv7 for something that happens at `time`. The order of ids is that of their times, to a quarter of a microsecond:
    /// <https://www.rfc-editor.org/rfc/rfc9562#name-monotonicity-and-counters>, method 3.
    pub fn new_id(&self, time: Timestamp) -> io::Result<Uuid> {
        let millis = u64::try_from(time.as_millisecond()).unwrap_or_default();
        let nanos = u32::try_from(time.as_nanosecond().rem_euclid(1_000_000)).unwrap_or_default();
        let mut bytes: [u8; 10] = self.random()?;
        // The twelve bits after the version.
        [_, _, bytes[0], bytes[1]] = (nanos * 4096 / 1_000_000).to_be_bytes();
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}

/// A write beyond the largest size of a file (`ulimit -f`) is to fail, as on a full disk, not to end the process.
#[cfg(unix)]
fn survive_size_limits() {
    // Should this fail, the limit ends the process, as it does any other.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Environment variables, by name.
///
/// A variable with a blank value counts as unset: CIs set many variables and leave those that do not apply
/// empty. Only [`Environment::raw`] distinguishes the two.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    unreadable: Vec<String>,
    names: NameRule,
}

/// How names of variables are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameRule {
    /// Byte by byte.
    CaseSensitive,
    /// Without regard to case, as on Windows,
    /// <https://learn.microsoft.com/windows/win32/procthread/environment-variables>.
    CaseInsensitive,
}

impl Default for NameRule {
    /// That of the system which this program was built for.
    fn default() -> Self {
        if cfg!(windows) { Self::CaseInsensitive } else { Self::CaseSensitive }
    }
}

impl NameRule {
    /// The form in which names are stored and looked up.
    fn normalize(self, name: String) -> String {
        match self {
            Self::CaseSensitive => name,
            Self::CaseInsensitive => name.to_uppercase(),
        }
    }
}

impl Environment {
    /// The environment of this process. Variables that are not UTF-8 are left out; see
    /// [`Environment::unreadable`].
    pub fn from_process() -> Self {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => environment.insert(name, value),
                Err(_) => environment.unreadable.push(environment.names.normalize(name)),
            }
        }
        environment
    }

    fn insert(&mut self, name: String, value: String) {
        self.variables.insert(self.names.normalize(name), value);
    }

    /// The variable's value, trimmed, unless it is blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// The variable's exact value, which may be empty.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.variables.get(&self.names.normalize(name.to_owned())).map(String::as_str)
    }

    /// Whether the variable is set, and not to a value that CIs use for no: blank, `false`, `0` or `no`.
    pub fn is_set(&self, name: &str) -> bool {
        let is_no = |value: &str| ["false", "0", "no"].iter().any(|no| value.eq_ignore_ascii_case(no));
        self.get(name).is_some_and(|value| !is_no(value))
    }

    /// Every variable and its value, sorted by name. On Windows, names are in upper case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names of variables whose values are not UTF-8.
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// Whether the variable's value is not UTF-8.
    pub fn is_unreadable(&self, name: &str) -> bool {
        !self.unreadable.is_empty() && self.unreadable.contains(&self.names.normalize(name.to_owned()))
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
        let mut environment = Self::default();
        for (name, value) in variables {
            environment.insert(name.into(), value.into());
        }
        environment
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, NameRule};

    fn environment(names: NameRule) -> Environment {
        let mut environment = Environment { names, ..Environment::default() };
        environment.insert("Path".to_owned(), "C:\\bin".to_owned());
        environment.insert("bamboo_planKey".to_owned(), "APP".to_owned());
        environment.unreadable.push(names.normalize("Odd".to_owned()));
        environment
    }

    #[test]
    fn names_on_windows_have_no_case() {
        let windows = environment(NameRule::CaseInsensitive);
        for name in ["PATH", "path", "Path"] {
            assert_eq!(windows.get(name), Some("C:\\bin"), "{name}");
        }
        assert_eq!(windows.get("bamboo_planKey"), Some("APP"));
        assert!(windows.is_set("BAMBOO_PLANKEY") && windows.is_unreadable("ODD"));
        assert_eq!(windows.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["BAMBOO_PLANKEY", "PATH"]);
    }

    #[test]
    fn names_elsewhere_have() {
        let unix = environment(NameRule::CaseSensitive);
        assert_eq!((unix.get("Path"), unix.get("PATH")), (Some("C:\\bin"), None));
        assert!(unix.is_unreadable("Odd") && !unix.is_unreadable("ODD"));
    }

    #[test]
    fn a_blank_variable_counts_as_unset() {
        let environment = Environment::from_iter([("BLANK", " \n"), ("VALUE", " a b\n"), ("NO", "No")]);
        assert_eq!((environment.get("BLANK"), environment.raw("BLANK")), (None, Some(" \n")));
        assert_eq!((environment.get("VALUE"), environment.raw("MISSING")), (Some("a b"), None));
        assert!(environment.is_set("VALUE") && !environment.is_set("NO") && !environment.is_set("BLANK"));
    }
}
