//! The receiving side: a local HTTP server, and how it verifies signatures.
//!
//! It shares no code with [`crate::delivery`], so that tests do not check the sender against itself.

mod answer;
mod budget;
mod changed_body;
mod event;
mod headers;
mod read;
mod received;
mod receiver;
mod server;
mod verify;

pub use answer::Answer;
pub use event::ReceivedEvent;
pub use headers::{MessageError, SavedMessage, parse_header, read_message};
pub use received::Received;
pub use receiver::Receiver;
pub use server::{Handler, MAX_BODY_BYTES, Server};
pub use verify::{DEFAULT_TOLERANCE, Key, Problem, Scheme, Signature, check, verify};
