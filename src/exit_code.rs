//! The exit codes of buildhook. Commands return them; only `main` turns them into the process's own type.

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: everything was done.
    Success,
    /// 1: an error of ours, of a file or of the system.
    Error,
    /// 2: wrong usage or configuration.
    Misuse,
    /// 3: an event could not be delivered.
    Undelivered,
    /// The code of the command that `run` started.
    Command(u8),
}

impl ExitCode {
    /// The number that the shell gets.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Error => 1,
            Self::Misuse => 2,
            Self::Undelivered => 3,
            Self::Command(code) => code,
        }
    }

    /// This one, or the other if this is success.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Success { other } else { self }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(exit_code: ExitCode) -> Self {
        Self::from(exit_code.code())
    }
}
