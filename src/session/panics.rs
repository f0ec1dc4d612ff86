//! A panic of ours must not stop the command, nor the other events.

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, anyhow};

/// Where the last panic was, in our code: `src/file.rs:1:2`.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// From now on, panics print nothing: that would appear between the lines of the command. [`caught`] reports them.
pub(crate) fn silence() {
    panic::set_hook(Box::new(|panic| {
        *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = panic.location().map(ToString::to_string);
    }));
}

/// Calls a function; a panic in it becomes an error.
pub(crate) fn caught<T>(function: impl FnOnce() -> Result<T>) -> Result<T> {
    // A value that the function was changing is not used again.
    catch_unwind(AssertUnwindSafe(function)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("unknown cause");
        let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
        Err(anyhow!("internal error{place}: {text}; please report it"))
    })
}
