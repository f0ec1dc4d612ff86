//! What a person reads.

mod console;
mod plain;
mod progress;
mod table;

pub use console::Console;
pub use plain::printable;
pub use progress::Progress;
pub use table::Table;
