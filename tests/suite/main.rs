//! End-to-end tests: the real program and real loopback sockets, in an environment that each test defines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod artifacts;
mod builder;
mod buildstash_schema;
mod cdevents;
mod ci_logs;
mod configuration;
mod context;
mod delivery;
mod delivery_lines;
mod demo;
mod doctor;
mod documents;
mod environments;
mod events;
mod faults;
mod file_formats;
mod files;
mod identity;
mod inspect;
mod job_table;
mod json_schema;
mod listen;
mod manual;
mod modules;
mod output;
mod page;
mod payloads;
mod promotion;
mod providers;
mod receiver;
mod records;
mod releases;
mod run;
mod sample;
mod schemas;
mod seal;
mod secrets;
mod tls_receiver;
mod trouble;
mod trust;
mod variation;
mod verify;
