//! `listen`: a local receiver that shows what arrives.

mod folder;
mod handler;
mod line;
mod request;
mod summary;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender};
#[cfg(unix)]
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use serde_json::json;

use crate::cli::ListenArgs;
use crate::delivery::Forwarder;
use crate::exit_code::ExitCode;
use crate::receive::Server;
use crate::report::{Console, date_time};
use crate::settings::{self, EndpointUrl, ForwardSettings, Mistake, NamedSecret, RawSetting, Setting};
use crate::system::System;
use folder::Folder;
use handler::{Listener, Message};
use line::{Look, time_of_day};
use summary::Summary;

/// How many lines may wait for a slow terminal. Then requests wait.
const MAX_WAITING_LINES: usize = 64;
/// How long the remaining output may take after a signal.
#[cfg(unix)]
const END_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn listen(args: ListenArgs, system: &System, console: &mut Console) -> Result<ExitCode> {
    let secrets = settings::secrets(system)?;
    let server = Server::bind(args.port, args.allow_host).map_err(|error| {
        let port = args.port;
        anyhow::Error::new(error)
            .context(format!("cannot listen on port {port}; choose another one with --port"))
    })?;
    let url = args.forward.as_deref().map(|url| forward_url(url, server.address().port())).transpose()?;
    let forward = url.clone().map(|url| forwarder(url, system)).transpose()?;
    let folder = args.save.map(|path| open_folder(&system.folder.join(path))).transpose()?;
    greet(&server, &secrets, url.as_ref(), console);
    let (sender, messages) = mpsc::sync_channel(MAX_WAITING_LINES);
    notify_of_signals(sender.clone()).context("cannot receive signals")?;
    let look = Look { use_color: system.use_color(), names_secrets: secrets.len() > 1 };
    let under_way = Arc::new(AtomicUsize::new(0));
    server.serve(Listener {
        secrets,
        respond: args.respond,
        forward,
        under_way: Arc::clone(&under_way),
        folder,
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
                    true => console.print_json(&request.to_json().to_string()),
                    false => request.print(look, console),
                }
            }
            Message::Refused(time, reason) => {
                summary.refused += 1;
                match args.json {
                    true => {
                        console.print_json(&json!({ "time": date_time(time), "refused": reason }).to_string())
                    }
                    false => console.warning(&format!("{}  {reason}", time_of_day(time))),
                }
            }
            Message::NotSaved(reason) => console.warning(&format!("cannot save the request: {reason}")),
            Message::End => break,
        }
    }
    summary.under_way = under_way.load(Ordering::Relaxed);
    console.notice(&summary.to_string());
    Ok(ExitCode::Success)
}

/// The URL to forward to. Fails if it leads back here, where each request would be forwarded again and again.
fn forward_url(text: &str, own_port: u16) -> Result<EndpointUrl, Mistake> {
    let url = EndpointUrl::read(&RawSetting::text(text, "--forward"))?;
    if url.is_loopback() && url.port() == own_port {
        let expected = "the URL of your receiver; this is the address of `listen`".to_owned();
        return Err(Mistake::BadValue { origin: "--forward".to_owned(), found: None, expected });
    }
    Ok(url)
}

fn forwarder(url: EndpointUrl, system: &System) -> Result<Forwarder> {
    let settings = ForwardSettings::load(system)?;
    Forwarder::new(url, &settings, system).map_err(|reason| anyhow!("cannot forward: {reason}"))
}

fn open_folder(path: &Path) -> Result<Folder> {
    Folder::open(path.to_owned()).with_context(|| format!("cannot save requests in {}", path.display()))
}

fn greet(server: &Server, secrets: &[NamedSecret], forward: Option<&EndpointUrl>, console: &mut Console) {
    let port = server.address().port();
    let origins: Vec<&str> = secrets.iter().map(|secret| secret.origin.as_str()).collect();
    let verified = match origins.as_slice() {
        [] => "signatures are not verified: set BUILDHOOK_SECRET".to_owned(),
        origins => format!("signatures are verified with {}", origins.join(", ")),
    };
    let forwarded = forward.map(|url| format!("; forwarding to {url}")).unwrap_or_default();
    console.notice(&format!("listening on http://localhost:{port}; {verified}{forwarded}; Ctrl-C ends"));
}

/// Ends the command, with its summary, when a signal asks for it. A second signal ends the process at once, and so does one after which
/// nothing ends because no one reads the output.
#[cfg(unix)]
fn notify_of_signals(messages: SyncSender<Message>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        let Some(signal) = signals.forever().next() else { return };
        let mut is_sent = false;
        let deadline = Instant::now() + END_TIMEOUT;
        while Instant::now() < deadline && signals.pending().next().is_none() {
            // Waiting for room among the lines could take forever.
            is_sent = is_sent || messages.try_send(Message::End).is_ok();
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    });
    Ok(())
}

/// Ctrl-C ends the process, without a summary.
#[cfg(not(unix))]
fn notify_of_signals(_: SyncSender<Message>) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::forward_url;

    #[test]
    fn forwarding_to_itself_is_a_mistake() {
        for url in [
            "http://localhost:8787/",
            "http://127.0.0.1:8787",
            "http://[::1]:8787/hooks",
            "http://LOCALHOST.:8787",
        ] {
            let message = forward_url(url, 8787).unwrap_err().to_string();
            let expected = "--forward: expected the URL of your receiver; this is the address of `listen`";
            assert_eq!(message, expected, "{url}");
        }
        for url in ["http://localhost:3000/", "http://lab.example:8787", "http://localhost"] {
            assert!(forward_url(url, 8787).is_ok(), "{url}");
        }
    }
}
