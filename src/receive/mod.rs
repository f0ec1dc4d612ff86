//! The other side: a receiver of webhooks, and the check of their signatures.
//!
//! Written from what is documented, not from [`crate::delivery`]: it is a stranger to the sending side.

mod receiver;
mod verify;

pub use receiver::{Received, Receiver};
pub use verify::{Scheme, verify};
