//! `listen`: a local receiver that shows what arrives.

mod handler;
mod line;
mod summary;

use std::io;
use std::sync::mpsc::{self, SyncSender};

use anyhow::{Context as _, Result, anyhow};

use crate::cli::ListenArgs;
use crate::delivery::Forwarder;
use crate::exit_code::ExitCode;
use crate::receive::Server;
use crate::report::Console;
use crate::settings::{self, EndpointUrl, NamedSecret, RawSetting, RawSettings, Setting};
use crate::system::System;
use handler::{Listener, Message};
use summary::Summary;

/// How many lines may wait for a slow terminal. Then requests wait.
const MAX_WAITING_LINES: usize = 64;

pub(super) fn listen(args: ListenArgs, system: &System, console: &mut Console) -> Result<ExitCode> {
    let secrets = settings::secrets(system)?;
    let server = Server::bind(args.port, args.allow_host).map_err(|error| {
        let port = args.port;
        anyhow::Error::new(error)
            .context(format!("cannot listen on port {port}; choose another one with --port"))
    })?;
    let forward = args.forward.as_deref().map(|url| forwarder(url, system)).transpose()?;
    greet(&server, &secrets, args.forward.is_some(), console);
    let (sender, messages) = mpsc::sync_channel(MAX_WAITING_LINES);
    notify_of_signals(sender.clone()).context("cannot receive signals")?;
    server.serve(Listener {
        secrets,
        respond: args.respond,
        forward,
        keeps_content: args.verbose,
        clock: system.clock,
        messages: sender,
    });
    let mut summary = Summary::default();
    for message in messages {
        match message {
            Message::Request(request) => {
                summary.count(&request);
                match args.json {
                    true => console.print_json(&serde_json::to_string(&request.to_json())?),
                    false => request.print(console),
                }
            }
            Message::Refused(reason) => {
                summary.refused += 1;
                console.warning(&reason);
            }
            Message::End => break,
        }
    }
    console.notice(&summary.to_string());
    Ok(ExitCode::Success)
}

fn forwarder(url: &str, system: &System) -> Result<Forwarder> {
    let rules = settings::file_rules(&RawSettings::default(), system)?;
    let url = EndpointUrl::read(&RawSetting::text(url, "--forward"))?;
    Forwarder::new(url, &rules, system).map_err(|reason| anyhow!("cannot forward: {reason}"))
}

fn greet(server: &Server, secrets: &[NamedSecret], forwards: bool, console: &mut Console) {
    let port = server.address().port();
    let origins: Vec<&str> = secrets.iter().map(|secret| secret.origin.as_str()).collect();
    let verified = match origins.as_slice() {
        [] => "signatures are not verified: set BUILDHOOK_SECRET".to_owned(),
        origins => format!("signatures are verified with {}", origins.join(", ")),
    };
    let forwarded = if forwards { "; events are forwarded" } else { "" };
    console.notice(&format!("listening on http://localhost:{port}; {verified}{forwarded}; Ctrl-C ends"));
}

/// Ends the command, with its summary, when a signal asks for it.
#[cfg(unix)]
fn notify_of_signals(messages: SyncSender<Message>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ = messages.send(Message::End);
        }
        // The second one ends the process at once, even if nobody reads the output.
        if let Some(signal) = signals.forever().next() {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
    Ok(())
}

/// Ctrl-C ends the process, without a summary.
#[cfg(not(unix))]
fn notify_of_signals(_: SyncSender<Message>) -> io::Result<()> {
    Ok(())
}
