//! `demo`: three events on their way from the current checkout to a local receiver.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::secret;
use crate::artifact::Artifact;
use crate::ci::{self, BuildStatus, Context, GitQuestions};
use crate::delivery::{
    self, Backoff, Content, DeliveryOptions, DeliveryStatus, Request, SharedTrust, TimeLimit,
};
use crate::event::{Build, Event, EventDetails, EventSource};
use crate::exit_code::ExitCode;
use crate::file_rules::FileRules;
use crate::format::{self, FormatChoice, Strictness};
use crate::ids::{IdOverrides, Ids, Scope};
use crate::receive::{Received, Receiver, Scheme, verify};
use crate::report::{Console, human_duration, printable, shortened};
use crate::settings::{Endpoint, EndpointUrl, Secret};
use crate::state::{Access, StateFolder};
use crate::system::{Environment, System};

/// How long to wait for a delivery and for the receiver to report it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest value to print, in characters.
const MAX_VALUE_CHARS: usize = 61;

pub(super) fn demo(system: &System, console: &mut Console) -> Result<ExitCode> {
    let receiver = Receiver::start().context("cannot listen on a loopback port")?;
    let secret = secret::generate(system)?;
    let address = format!("http://{}/hooks", receiver.address());
    let url = EndpointUrl::parse(&address).context("the receiver has no address")?;
    let endpoint = Endpoint::new("demo", url, Some(Secret::new(&secret)));

    let context = ci::detect(system, Context::default(), &GitQuestions::all(TIMEOUT)).context;
    let place = context.git.repository.as_deref().unwrap_or("this folder");
    console.print(&format!(
        "Started a receiver at {address} in place of your service. Both sides share a new secret."
    ));
    console.print(&format!("Sending the events of a build of {}.", printable(place)));

    let ids = Ids::new(&context, Scope::Run, &IdOverrides::default());
    // No proxy is needed to reach this process.
    let alone = System { environment: Environment::default(), ..system.clone() };
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let state = StateFolder::locate(Some(folder.path()), &context, Access::Write, &alone, &mut Vec::new());
    let program = std::env::current_exe().context("cannot find the path of this program")?;
    let program = Artifact::read_without_details(&program)?;
    let build = Build {
        id: ids.build_id(&program),
        shown: program.filename.clone(),
        artifact: program,
        expansion: None,
        metadata: Vec::new(),
        stream: None,
        labels: Vec::new(),
        notes: None,
        download_url: None,
    };
    let started_at = system.now();
    let (fields, jobs) = (Default::default(), None);
    let source = Arc::new(EventSource { context, ids, started_at: Some(started_at), fields, jobs });
    let sent = format::render_build(&build, &source, started_at)?;
    let acts = [
        ("a pipeline starts", EventDetails::Triggered),
        ("it has built a file, here this program", EventDetails::Created { build: Box::new(build), sent }),
        ("it ends", EventDetails::Finished(BuildStatus::Success)),
    ];
    for (number, (title, details)) in (1..).zip(acts) {
        let event = Event::new(system, system.now(), Arc::clone(&source), details)?;
        console.print(&format!("\n{number}. {title}"));
        play(&event, &endpoint, &state, &alone, &receiver, &secret, console)?;
    }
    console.print(
        "\nAll three arrived, and their signatures hold. In your pipeline:\n  \
         export BUILDHOOK_URL=https://your-service.example/hooks   BUILDHOOK_SECRET=whsec_…\n  \
         buildhook triggered     buildhook created app.ipa     buildhook finished --status success\n\
         or, all in one: buildhook run -- make. Add --dry-run to see each request in full.\n\
         The secret is one that your service knows too; `buildhook secret` makes one.",
    );
    Ok(ExitCode::Success)
}

/// Sends one event and shows what the receiver got.
fn play(
    event: &Event,
    endpoint: &Endpoint,
    state: &StateFolder,
    system: &System,
    receiver: &Receiver,
    secret: &str,
    console: &mut Console,
) -> Result<()> {
    let name = event.name();
    let payload = format::render(event, name, FormatChoice::Native, Strictness::Extended)?;
    let delivery_id = system.new_id(system.now())?.to_string();
    let content = Content::new(event, payload, endpoint.encoding)?;
    let request = Request::new(&delivery_id, Arc::new(content), Arc::new(endpoint.clone()));
    let options = DeliveryOptions {
        timeout: TIMEOUT,
        retries: 0,
        deadline: TIMEOUT,
        backoff: Backoff::default(),
        trust: SharedTrust::new(&system.environment, &[], &FileRules::new(false, None, system)),
        in_order: true,
        time: TimeLimit::default(),
    };
    let report = delivery::deliver(vec![request], options, state, system, Vec::new, &mut |_| ())?;
    let Some(outcome) = report.outcomes.first() else { bail!("nothing was sent") };
    let (DeliveryStatus::Delivered, Some(received)) = (outcome.status, receiver.next(TIMEOUT)) else {
        bail!(
            "{name} did not arrive: {}",
            outcome.error.as_deref().unwrap_or("no response"),
            name = name.as_str()
        );
    };
    console.print(&format!("   sent      {}, {} bytes", name.as_str(), received.body.len()));
    console.print(&format!(
        "   answered  {} in {}",
        outcome.response_code.unwrap_or(0),
        human_duration(outcome.history.last().map_or(0.0, |attempt| attempt.duration))
    ));
    console.print(&format!("   verified  {}", signatures(&received, secret)?.join(", ")));
    console.print("   arrived");
    for line in summary(&received)? {
        console.print(&format!("     {line}"));
    }
    Ok(())
}

/// The headers whose signatures hold. One that does not is an error.
fn signatures(received: &Received, secret: &str) -> Result<Vec<&'static str>> {
    let mut good = Vec::new();
    for scheme in Scheme::ALL {
        match verify(received, scheme, secret) {
            Some(true) => good.push(scheme.header()),
            Some(false) => bail!("invalid signature in {}", scheme.header()),
            None => {}
        }
    }
    if good.is_empty() {
        bail!("the event arrived without a signature");
    }
    Ok(good)
}

/// The most informative keys of the received body, one line each. Long values are shortened.
fn summary(received: &Received) -> Result<Vec<String>> {
    const POINTERS: [&str; 17] = [
        "/build_slug",
        "/build_number",
        "/build_status",
        "/status_text",
        "/git/provider",
        "/git/src_branch",
        "/git/tag",
        "/commit_hash",
        "/commit_message",
        "/data/build/id",
        "/data/build/version",
        "/data/build/primary_file/filename",
        "/data/build/primary_file/size_string",
        "/data/build/primary_file/checksum_md5",
        "/data/build/ci_pipeline/ci_build_duration",
        "/data/build/scm/scm_repo_name",
        "/data/build/scm/scm_commit_sha_short",
    ];
    let body: Value = serde_json::from_slice(&received.body).context("the received body is not JSON")?;
    let present: Vec<(String, String)> = POINTERS
        .iter()
        .filter_map(|pointer| {
            let value = body.pointer(pointer).filter(|value| !value.is_null())?;
            Some((
                pointer.trim_start_matches('/').replace('/', "."),
                shortened(&value.to_string(), MAX_VALUE_CHARS).into_owned(),
            ))
        })
        .collect();
    let width = present.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    Ok(present.iter().map(|(key, text)| format!("{key:<width$}  {}", printable(text))).collect())
}
