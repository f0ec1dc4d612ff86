//! How much work the details of one file may take.
//!
//! A file can make its parser work much longer than its size suggests: with counts that it only claims, chains
//! that form loops, or data that decompresses to a multiple of its size. So parsers count their work in steps and
//! stop when [`MAX_STEPS`] are used up. The costs are chosen so that a step takes 10 ns at most, measured with the
//! files in `tests/suite/trust/artifacts/`.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use super::Damage;
use super::reports::Reports;

/// Steps for one file. An ordinary file needs fewer than a tenth.
pub(super) const MAX_STEPS: u64 = 100_000_000;

/// Steps for a call that reads from the file, in addition to one for each byte.
const READ: u64 = 400;
/// Steps for an entry of an archive or a directory.
pub(super) const ENTRY: u64 = 400;
/// Steps for an element of a structure in memory: an attribute, a field, a value.
pub(super) const ELEMENT: u64 = 64;

/// The steps that are left. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Budget(Rc<Cell<u64>>);

impl Budget {
    /// All steps.
    pub(super) fn new() -> Self {
        Self(Rc::new(Cell::new(MAX_STEPS)))
    }

    /// Uses steps up. Fails if there are not enough, now and from then on.
    pub(super) fn spend(&self, steps: u64) -> Result<(), Damage> {
        self.0.set(self.0.get().saturating_sub(steps));
        if self.is_used_up() { Err("it takes too much work".into()) } else { Ok(()) }
    }

    /// Like [`Budget::spend`], for implementations of [`Read`].
    pub(super) fn spend_io(&self, steps: u64) -> io::Result<()> {
        self.spend(steps).map_err(|Damage(reason)| io::Error::other(reason))
    }

    /// Whether there are no steps left. The details read so far may be incomplete or wrong.
    pub(super) fn is_used_up(&self) -> bool {
        self.0.get() == 0
    }
}

/// A file that can be read from any position, within a budget.
pub(super) trait ReadSeek: Read + Seek {
    /// What reading the file and its content is charged to.
    fn budget(&self) -> &Budget;

    /// Damage to parts of it.
    fn reports(&self) -> &Reports;
}

/// A file with a budget, and with what is damaged in it.
pub(super) struct Source<T> {
    inner: T,
    budget: Budget,
    reports: Reports,
}

impl<T> Source<T> {
    /// Charges reading from `inner` to `budget`.
    pub(super) fn new(inner: T, budget: Budget) -> Self {
        Self::with_reports(inner, budget, Reports::default())
    }

    /// Charges reading from `inner` to `budget`, and adds damage to `reports`.
    pub(super) fn with_reports(inner: T, budget: Budget, reports: Reports) -> Self {
        Self { inner, budget, reports }
    }
}

impl<T: Read> Read for Source<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.budget.spend_io(READ + count as u64)?;
        Ok(count)
    }
}

impl<T: Seek> Seek for Source<T> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}

impl<T: Read + Seek> ReadSeek for Source<T> {
    fn budget(&self) -> &Budget {
        &self.budget
    }

    fn reports(&self) -> &Reports {
        &self.reports
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_was_exceeded_stays_used_up() {
        let budget = Budget::new();
        let other = budget.clone();
        budget.spend(MAX_STEPS - 1).unwrap();
        assert!(!other.is_used_up());
        assert!(other.spend(2).is_err());
        assert!(budget.is_used_up() && budget.spend(0).is_err());
    }

    #[test]
    fn reading_is_charged_by_call_and_byte() {
        let budget = Budget::new();
        let mut source = Source::new(io::repeat(0), budget.clone());
        let mut bytes = [0; 1000];
        source.read_exact(&mut bytes).unwrap();
        assert_eq!(budget.0.get(), MAX_STEPS - READ - 1000);
        assert!(io::copy(&mut source, &mut io::sink()).is_err(), "it would never end");
    }
}
