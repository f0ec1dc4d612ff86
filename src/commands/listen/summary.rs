//! What a receiver has seen, for its last line.

use std::fmt;

use super::line::{Request, Trust};

/// Numbers of requests.
#[derive(Debug, Default)]
pub(super) struct Summary {
    signed: u64,
    unsigned: u64,
    wrong: u64,
    unverified: u64,
    pub(super) refused: u64,
}

impl Summary {
    pub(super) fn count(&mut self, request: &Request) {
        *match request.trust() {
            Trust::Signed => &mut self.signed,
            Trust::Unsigned => &mut self.unsigned,
            Trust::Wrong => &mut self.wrong,
            Trust::Unverified => &mut self.unverified,
        } += 1;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signed, unsigned, wrong, unverified, refused } = self;
        let total = signed + unsigned + wrong + unverified;
        write!(f, "{total} request{}", if total == 1 { "" } else { "s" })?;
        let counts = [
            (signed, "signed"),
            (wrong, "with a wrong signature"),
            (unsigned, "unsigned"),
            (unverified, "not verified"),
            (refused, "refused"),
        ];
        let mut separator = ": ";
        for (count, word) in counts.into_iter().filter(|(count, _)| **count > 0) {
            write!(f, "{separator}{count} {word}")?;
            separator = ", ";
        }
        Ok(())
    }
}
