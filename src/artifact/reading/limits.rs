//! Limits that the system enforces on the child process: exceeding one ends it.

/// Memory in bytes. The parsers' own limits keep them below.
pub(super) const MAX_MEMORY_BYTES: u64 = 64 << 20;
/// Processor time for a file in seconds. The system counts whole seconds, so a file may get one less.
pub(super) const MAX_CPU_SECONDS: u64 = 3;

#[cfg(unix)]
mod enforced {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};

    use super::{MAX_CPU_SECONDS, MAX_MEMORY_BYTES};

    /// Limits the memory of this process, and leaves no core dumps. The process ends with its parent.
    pub(in super::super) fn apply() {
        lower(Resource::Data, MAX_MEMORY_BYTES);
        lower(Resource::Core, 0);
        // Otherwise it ends with its input, after the current file.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    }

    /// Limits the processor time until the next file.
    pub(in super::super) fn start_file() {
        let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
        lower(Resource::Cpu, u64::try_from(used).unwrap_or(0) + MAX_CPU_SECONDS);
    }

    /// Sets the limit that the process may raise again. The budget holds where this fails.
    fn lower(resource: Resource, limit: u64) {
        let maximum = getrlimit(resource).maximum;
        let current = Some(maximum.map_or(limit, |maximum| limit.min(maximum)));
        let _ = setrlimit(resource, Rlimit { current, maximum });
    }
}

#[cfg(unix)]
pub(super) use enforced::{apply, start_file};

/// There are no such limits on this system.
#[cfg(not(unix))]
pub(super) fn apply() {}

/// There are no such limits on this system.
#[cfg(not(unix))]
pub(super) fn start_file() {}
