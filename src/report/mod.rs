//! What a person reads.

mod console;
mod plain;
mod table;

pub use console::Console;
pub use plain::printable;
pub use table::Table;
