//! buildhook turns what a CI pipeline knows into signed webhooks.
//!
//! An event goes one way through the house, and each room knows only what it is handed:
//!
//! ```text
//! environment, git ──► Context ─┐
//! files ──► Artifact ───────────┼─► Event ──► per endpoint: payload ─► signed request ─► record ─► POST, retries
//! flags, config ──► Settings ───┘                                                         │
//!                                                             console, JSON, exit code ◄──┘
//! ```
//!
//! | room | what happens there |
//! | --- | --- |
//! | [`cli`], [`commands`], [`exit_code`] | arguments; one file per command, each reads like the way above |
//! | `session` | what sending commands share: from the detected build to the outcomes |
//! | [`system`] | what the process takes from its machine: environment, folder, clock, randomness |
//! | [`settings`] | flags, environment and file become [`settings::Settings`] and endpoints |
//! | [`ci`] | the environment, then the checkout, become a [`ci::Context`] |
//! | [`artifact`] | files become an [`artifact::Artifact`] |
//! | [`ids`], [`event`], [`event_name`] | stable ids; the events in neutral words, and their names |
//! | [`mod@format`] | an event becomes a payload: Bitrise, Buildstash or CDEvents |
//! | [`delivery`] | a payload is signed, recorded, posted and retried |
//! | [`state`] | the folder in which a run remembers what it did |
//! | [`receive`] | the other side: a receiver and the check of a signature |
//! | [`report`] | what a person reads |
//!
//! The environment, the clock and the source of randomness are values of [`system::System`]; nothing deeper in
//! the house asks the machine for them.

#[cfg(test)]
#[macro_use]
mod every_variant;

pub mod artifact;
pub mod ci;
pub mod cli;
pub mod commands;
mod crash_points;
pub mod delivery;
pub mod event;
pub mod event_name;
pub mod exit_code;
pub mod format;
pub mod ids;
pub mod receive;
pub mod report;
pub mod sent_build;
mod session;
pub mod settings;
pub mod state;
pub mod system;
