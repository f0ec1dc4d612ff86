//! What a person reads.

mod ci_log;
mod console;
mod delivery_details;
mod escape;
mod page;
mod progress;
mod table;

pub use ci_log::CiLog;
pub use console::Console;
pub use delivery_details::write_delivery_details;
pub use escape::{printable, printable_json};
pub use page::write_page;
pub use progress::Progress;
pub use table::{Colour, Table};

/// Seconds, as people read them: `43 ms`, `0.4 ms`, `2.1 s`.
pub fn human_duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds >= 1.0 => format!("{seconds:.1} s"),
        seconds if seconds >= 0.01 => format!("{:.0} ms", seconds * 1000.0),
        seconds => format!("{:.1} ms", seconds * 1000.0),
    }
}
