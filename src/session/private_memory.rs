//! Keeps other programs from reading the secrets in this process's memory.

/// Forbids core dumps of this process, and other processes of the user to trace it. Commands that `run` starts are not
/// affected: Linux resets the flag on `execve`.
pub(super) fn protect() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Without it the process is as readable as any other.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
