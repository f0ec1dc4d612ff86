//! Removing records that are no longer needed, and the leftovers of killed processes.

use std::time::Duration;

use jiff::Timestamp;

use super::origin::Origin;
use super::record::DeliveryStatus;
use super::records::{EXTENSION, FOLDER, PAGE, Records, id_of, parse_id};
use crate::settings::Endpoint;
use crate::state::ForeignFiles;

/// Temporary files and unused locks older than this are removed.
const STALE_AFTER: Duration = Duration::from_secs(86_400);
/// A folder with more files is tidied up only now and then: reading their names would slow down every delivery.
const SMALL_FOLDER: usize = 100;
const INTERVAL: Duration = Duration::from_secs(600);
/// A folder with even more files is tidied up in parts, and not when it is first found.
const LARGE_FOLDER: usize = 2000;
/// The most records that are read each time.
const LARGE_PART: usize = 1000;
/// The file that was written when the folder was tidied up for the last time.
const MARKER: &str = ".tidied";

/// How many delivered records to keep, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Maximum age in days.
    pub max_days: u32,
    /// Maximum number of records.
    pub max_count: usize,
}

impl Records {
    /// Removes records that are too old or too many, and the leftovers of killed processes. Of our own records, only
    /// delivered ones are removed. In a folder of many files, only now and then, and in parts.
    pub fn prune(&self, retention: Retention, endpoints: &[Endpoint], now: Timestamp) {
        self.remove_old_page(retention);
        let some = self.state.some_names(SMALL_FOLDER + 1, FOLDER);
        let oldest = now.as_second() - i64::from(retention.max_days) * 86_400;
        let has_many = some.len() > SMALL_FOLDER;
        if (has_many && !self.is_due()) || (!has_many && is_tidy(&some, retention.max_count, oldest)) {
            return;
        }
        let names = self.state.names(FOLDER);
        for name in &names {
            self.remove_leftover(name);
        }
        let ids: Vec<(&str, i64)> = names.iter().filter_map(|name| id_of(name)).collect();
        let mut surplus = ids.len().saturating_sub(retention.max_count);
        let mut foreign = ForeignFiles::default();
        let (skipped, limit) = match names.len() > LARGE_FOLDER {
            // Begins anywhere, by the clock. Otherwise records that may not be removed would fill every part.
            true => (now.as_millisecond().unsigned_abs() as usize % surplus.max(1), LARGE_PART),
            false => (0, usize::MAX),
        };
        for (id, time) in ids.into_iter().skip(skipped).take(limit) {
            let is_old = time < oldest;
            if (surplus == 0 && !is_old) || foreign.are_too_many() {
                break;
            }
            let may_be_removed = match self.examine(id, endpoints, &mut foreign) {
                Ok((content, Origin::Ours)) => content.status() == DeliveryStatus::Delivered,
                Ok((_, Origin::BeforeSecret | Origin::OtherSecret | Origin::Unchecked)) | Err(_) => is_old,
            };
            // If the file cannot be removed now, the next command tries again.
            if may_be_removed && self.state.remove(FOLDER, &format!("{id}{EXTENSION}")).is_ok() {
                surplus = surplus.saturating_sub(1);
            }
        }
    }

    /// Removes the page of deliveries when it shows what is too old to keep.
    fn remove_old_page(&self, retention: Retention) {
        let max_age = Duration::from_secs(u64::from(retention.max_days) * 86_400);
        let written = self.state.modified(FOLDER, PAGE).ok();
        if written.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > max_age) {
            // If it cannot be removed now, the next command tries again.
            let _ = self.state.remove(FOLDER, PAGE);
        }
    }

    /// Whether it is time to tidy up.
    fn is_due(&self) -> bool {
        let age = self.state.modified(FOLDER, MARKER).ok().map(|time| time.elapsed().unwrap_or_default());
        if age.is_some_and(|age| age < INTERVAL) {
            return false;
        }
        // If it cannot be written, nothing can be removed either.
        let is_marked = self.state.write(FOLDER, MARKER, b"").is_ok();
        is_marked && (age.is_some() || self.state.some_names(LARGE_FOLDER + 1, FOLDER).len() <= LARGE_FOLDER)
    }

    /// Removes a file if it is a stale temporary file or an unused lock. Newer locks are left alone: acquiring one for a
    /// moment would make another process believe that its delivery is being sent.
    fn remove_leftover(&self, name: &str) {
        let Some(hidden) = name.strip_prefix('.') else { return };
        let lock = hidden.strip_suffix(".lock").filter(|id| parse_id(id).is_some());
        if lock.is_none() && !is_temporary(hidden) {
            return;
        }
        let age = self.state.modified(FOLDER, name).ok().and_then(|time| time.elapsed().ok());
        if age.is_none_or(|age| age < STALE_AFTER) {
            return;
        }
        let _ = match lock {
            // Acquiring and dropping the lock removes its file.
            Some(id) => self.lock(id).map(drop),
            None => self.state.remove(FOLDER, name),
        };
    }
}

/// Whether nothing in a folder of these files can be removed: there are no leftovers, and not too many or too old records.
fn is_tidy(names: &[String], max_count: usize, oldest: i64) -> bool {
    let first = names.iter().min().and_then(|name| id_of(name));
    let is_recent = names.is_empty() || first.is_some_and(|(_, time)| time >= oldest);
    is_recent && names.len() <= max_count && !names.iter().any(|name| name.starts_with('.'))
}

/// Whether a name, without its dot, is one of temporary files: `123-4.tmp`.
fn is_temporary(name: &str) -> bool {
    let numbers = name.strip_suffix(".tmp").and_then(|stem| stem.split_once('-'));
    numbers.is_some_and(|(process, number)| process.parse::<u32>().is_ok() && number.parse::<usize>().is_ok())
}
