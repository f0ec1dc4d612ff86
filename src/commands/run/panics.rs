//! A panic of ours must not stop the command, nor the other events.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Result, anyhow};

/// Calls a function; a panic in it becomes an error.
pub(super) fn caught<T>(function: impl FnOnce() -> Result<T>) -> Result<T> {
    // Whatever the function was changing is not used again.
    catch_unwind(AssertUnwindSafe(function)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("unknown cause");
        Err(anyhow!("internal error: {text}; please report it"))
    })
}
