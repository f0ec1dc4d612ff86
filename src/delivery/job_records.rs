//! The deliveries of one job, by the records of its commands.

use jiff::Timestamp;

use super::Outcome;
use super::origin::Origin;
use super::records::{FOLDER, Records, id_of};
use crate::settings::Endpoint;
use crate::state::ForeignFiles;

/// The most records that are read. Other jobs may use the folder too.
const MAX_RECORDS: usize = 1000;

impl Records {
    /// What became of the deliveries of a job that were recorded since then, oldest first. Only records that are ours by
    /// these endpoints count.
    pub fn job_outcomes(&self, job: &str, since: Timestamp, endpoints: &[Endpoint]) -> Vec<Outcome> {
        let names = self.state.names(FOLDER);
        let recent = names
            .iter()
            .rev()
            .filter_map(|name| id_of(name))
            .take_while(|(_, time)| *time >= since.as_second());
        let (mut outcomes, mut foreign) = (Vec::new(), ForeignFiles::default());
        for (id, _) in recent.take(MAX_RECORDS) {
            if foreign.are_too_many() {
                break;
            }
            // Another process may have removed it.
            let Ok((content, Origin::Ours)) = self.examine(id, endpoints, &mut foreign) else { continue };
            let is_of_job = content.head.job.as_deref() == Some(job);
            if is_of_job && content.head.created_at >= since {
                outcomes.push(Outcome::recorded(content.head, content.attempts));
            }
        }
        outcomes.reverse();
        outcomes
    }
}
