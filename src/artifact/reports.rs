//! Damage to parts of a file whose other parts can be read.

use std::cell::RefCell;
use std::rc::Rc;

use super::Damage;

/// Reports to keep: one part can be damaged in many places.
pub(super) const MAX_REPORTS: usize = 4;

/// Why parts of a file cannot be read. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Reports(Rc<RefCell<Vec<String>>>);

impl Reports {
    /// Adds a report, unless it is known.
    pub(super) fn add(&self, damage: impl Into<Damage>) {
        let Damage(reason) = damage.into();
        let mut reports = self.0.borrow_mut();
        if reports.len() < MAX_REPORTS && !reports.contains(&reason) {
            reports.push(reason);
        }
    }

    /// The value. `None` if it cannot be read, which is reported.
    pub(super) fn value<T>(&self, result: Result<T, impl Into<Damage>>) -> Option<T> {
        result.map_err(|damage| self.add(damage)).ok()
    }

    /// All reports, in their order.
    pub(super) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_different_reports_are_kept() {
        let reports = Reports::default();
        let clone = reports.clone();
        assert_eq!(clone.value(Ok::<_, Damage>(1)), Some(1));
        for number in [1, 1, 2, 3, 4, 5, 6] {
            assert_eq!(clone.value(Err::<u8, _>(format!("part {number}"))), None);
        }
        assert_eq!(reports.take(), ["part 1", "part 2", "part 3", "part 4"]);
        assert!(clone.take().is_empty());
    }
}
