//! The numbers of received requests, for the last line.

use std::fmt;

use super::request::{Request, Trust};

/// Numbers of requests.
#[derive(Debug, Default)]
pub(super) struct Summary {
    signed: u64,
    unsigned: u64,
    wrong: u64,
    unverified: u64,
    pub(super) refused: u64,
    /// Those that are still being forwarded at the end.
    pub(super) under_way: usize,
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
        let Self { signed, unsigned, wrong, unverified, refused, under_way } = self;
        let total = signed + unsigned + wrong + unverified;
        write!(f, "{total} request{}", if total == 1 { "" } else { "s" })?;
        let counts = [
            (signed, "signed"),
            (wrong, "with a wrong signature"),
            (unsigned, "unsigned"),
            (unverified, "not verified"),
        ];
        let mut separator = ": ";
        for (count, word) in counts.into_iter().filter(|(count, _)| **count > 0) {
            write!(f, "{separator}{count} {word}")?;
            separator = ", ";
        }
        // The others are parts of the total.
        if *refused > 0 {
            write!(f, "; {refused} refused")?;
        }
        if *under_way > 0 {
            write!(f, "; {under_way} still being forwarded")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn the_parts_of_a_total_add_up() {
        let summary = Summary { signed: 18, wrong: 14, refused: 3, ..Summary::default() };
        assert_eq!(summary.to_string(), "32 requests: 18 signed, 14 with a wrong signature; 3 refused");
        let summary = Summary { under_way: 1, ..Summary::default() };
        assert_eq!(summary.to_string(), "0 requests; 1 still being forwarded");
    }
}
