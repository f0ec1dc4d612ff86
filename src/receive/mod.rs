//! The receiving side: an HTTP receiver and signature verification.
//!
//! It shares no code with [`crate::delivery`], so that tests do not check the sender against itself.

mod receiver;
mod verify;

pub use receiver::{Received, Receiver};
pub use verify::{Scheme, verify};
