//! The receiving side: a local HTTP server, and how it verifies signatures.
//!
//! It shares no code with [`crate::delivery`], so that tests do not check the sender against itself.

mod answer;
mod budget;
mod changed_body;
mod event;
mod headers;
mod host;
mod problem;
mod read;
mod received;
mod receiver;
mod server;
mod verify;

pub use answer::{Answer, Response};
pub use event::{ReceivedEvent, has_json};
pub use headers::{BadHeaders, SavedMessage, parse_header, read_message};
pub use problem::Problem;
pub use received::Received;
pub use receiver::Receiver;
pub use server::{Handler, MAX_BODY_BYTES, Server};
pub use verify::{DEFAULT_TOLERANCE, Key, Scheme, Signature, check, verify};
