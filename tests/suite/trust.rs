//! What outsiders may write, and what must not follow from it.
//!
//! Each file has an attacker's input and checks what must not happen: a receiver of the attacker's that must
//! stay silent, a file that must not appear, a secret that must be nowhere.

mod action;
mod artifacts;
mod checkout;
mod git;
mod limits;
mod logs;
mod proxies;
mod records;
mod run;
mod run_environment;
mod run_signals;
mod secrets;
mod state;
