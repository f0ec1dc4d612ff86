//! buildhook sends what a CI pipeline knows as signed webhooks.
//!
//! An event passes through the program in one direction, and no module knows the ones after it:
//!
//! ```text
//! environment, git ──► Context ─┐
//! files ──► Artifact ───────────┼─► Event ──► per endpoint: payload ─► signed request ─► record ─► POST, retries
//! flags, config ──► Settings ───┘                                                         │
//!                                                             console, JSON, exit code ◄──┘
//! ```
//!
//! From top to bottom, each module imports only modules below it:
//!
//! | module | contents |
//! | --- | --- |
//! | [`commands`] | the commands, one file each |
//! | `session` | what commands share: settings, the detected build, the way from events to outcomes |
//! | [`cli`] | the command line |
//! | [`receive`] | the other side: a receiver, and how it verifies signatures |
//! | [`report`] | output for people: console, tables, CI logs, the page of deliveries |
//! | [`delivery`] | requests, signatures, records, attempts and retries |
//! | [`state`] | the folder that keeps deliveries, builds and start times between commands |
//! | [`settings`] | flags, environment and file, parsed into [`Settings`](settings::Settings) |
//! | [`mod@format`] | the wire formats: Bitrise, Buildstash, CDEvents |
//! | [`event`] | what happened to a build, in words of no particular format |
//! | [`ids`] | ids of apps, builds and files |
//! | [`file_rules`] | which files may be read as configuration and as content |
//! | [`ci`] | the CI's environment and the git checkout, read into a [`Context`](ci::Context) |
//! | [`artifact`] | the metadata of files, read into an [`Artifact`](artifact::Artifact) |
//! | [`sent_build`], [`job_result`], [`event_name`], [`exit_code`] | values that several modules share |
//! | [`system`] | environment, folder, clock and randomness of the process |
//!
//! Environment variables, the current folder, wall-clock time and random ids come from a [`System`](system::System),
//! which tests replace. Files, sockets, child processes and timeouts are used directly.

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
pub mod file_rules;
pub mod format;
pub mod ids;
pub mod job_result;
pub mod receive;
mod repeated;
pub mod report;
pub mod sent_build;
mod session;
pub mod settings;
pub mod state;
pub mod system;
