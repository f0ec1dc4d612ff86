//! The environment of the command: this process's, without secrets and addresses, and with what other
//! buildhook commands need to report the same build.

use std::path::Path;
use std::process::Command;

use super::held_output::HeldOutput;
use super::panics::caught;
use crate::ci;
use crate::ids::{IdOverrides, Ids, Scope};
use crate::session::Session;
use crate::settings::{IN_RUN, LogLevel, RawSettings, Settings, is_private_variable, variable};
use crate::system::System;

/// The scope of `run` unless the user sets one.
pub(super) const SCOPE: Scope = Scope::Job;

/// Changes the environment that the command inherits. Without settings, which have a mistake, it only loses
/// variables.
pub(super) fn prepare(
    command: &mut Command,
    settings: Option<&Settings>,
    flags: &RawSettings,
    system: &System,
) {
    command.env(IN_RUN, "1");
    if let Some(settings) = settings {
        // If they cannot be found out, the command starts without them.
        command.envs(caught(|| Ok(variables(settings, system))).unwrap_or_default());
    }
    let passes_settings = caught(|| Ok(Settings::switch("pass_settings", flags, system)));
    if passes_settings.is_ok_and(|switch| switch == Some(true)) {
        return;
    }
    let environment = &system.environment;
    let unreadable = environment.unreadable().iter().map(String::as_str);
    for name in environment.iter().map(|(name, _)| name).chain(unreadable) {
        if is_private_variable(name) {
            command.env_remove(name);
        }
    }
}

/// State folder, scope and ids of the build. Ids that depend on the checkout are left to each command,
/// because git is not run before the command starts.
fn variables(settings: &Settings, system: &System) -> Vec<(String, String)> {
    let scope = settings.general.scope.unwrap_or(SCOPE);
    let mut console = HeldOutput::default().console(LogLevel::Error);
    let state = Session::new(settings.clone(), system, &mut console).state_folder();
    let IdOverrides { app_slug, build_slug, build_id, application_id, workspace_id } =
        match ci::without_checkout(system, settings.overrides.clone()) {
            Some(context) => {
                let ids = Ids::new(&context, scope, &settings.ids);
                IdOverrides {
                    app_slug: Some(ids.app_slug),
                    build_slug: Some(ids.build_slug),
                    application_id: Some(ids.application_id),
                    workspace_id: Some(ids.workspace_id),
                    build_id: settings.ids.build_id.clone(),
                }
            }
            None => settings.ids.clone(),
        };
    let scope = match scope {
        Scope::Run => "run",
        Scope::Job => "job",
    };
    [
        ("state_dir", state.path().and_then(Path::to_str).map(str::to_owned)),
        ("scope", Some(scope.to_owned())),
        ("app_slug", app_slug),
        ("build_slug", build_slug),
        ("build_id", build_id),
        ("application_id", application_id),
        ("workspace_id", workspace_id),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((variable(name), value?)))
    .collect()
}
