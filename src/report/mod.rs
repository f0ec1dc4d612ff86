//! Output for people: console, tables, progress, CI logs and the page of deliveries.

mod ci_log;
mod console;
mod delivery_details;
mod escape;
mod fact_sheet;
mod markdown;
mod outcome_lines;
mod page;
mod progress;
mod shorten;
mod table;
mod terminal_line;
mod terminal_width;
mod time;
mod waiting_line;
mod wrap;

pub use ci_log::CiLog;
pub use console::Console;
pub use delivery_details::write_delivery_details;
pub use escape::{printable, printable_json, printable_line};
pub use fact_sheet::FactSheet;
pub use markdown::Heading;
pub use page::{Page, PageSummary};
pub use progress::Progress;
pub use shorten::{shortened, shortened_in_the_middle};
pub use table::{Color, Table};
pub use time::{date, date_time, human_duration, human_millis};
pub use waiting_line::WaitingLine;
pub use wrap::{wrapped_help, wrapped_message};
