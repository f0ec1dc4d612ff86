//! The environment of the command: this process's, without secrets and addresses, and with what other
//! buildhook commands need to report the same build.

use std::path::Path;
use std::process::Command;

use crate::ci::{self, Context};
use crate::ids::{IdOverrides, Ids, Scope};
use crate::session::{HeldOutput, Session, caught};
use crate::settings::{
    IN_RUN, INTERNAL, LogLevel, ParentRun, RawSettings, Settings, is_private_variable, variable,
};
use crate::system::System;

/// Changes the environment that the command inherits. Without settings, which have a mistake, it only loses
/// variables.
pub(super) fn prepare(
    command: &mut Command,
    settings: Option<&Settings>,
    run: Option<&ParentRun>,
    flags: &RawSettings,
    system: &System,
) {
    command.env(IN_RUN, run.and_then(ParentRun::to_variable).unwrap_or_else(|| "1".to_owned()));
    if let Some(settings) = settings {
        // If they cannot be found out, the command starts without them.
        command.envs(caught(|| Ok(variables(settings, system))).unwrap_or_default());
    }
    let passes_settings = caught(|| Ok(Settings::switch("pass_settings", flags, system)));
    let passes_settings = passes_settings.is_ok_and(|switch| switch == Some(true));
    let environment = &system.environment;
    let unreadable = environment.unreadable().iter().map(String::as_str);
    for name in environment.iter().map(|(name, _)| name).chain(unreadable) {
        if INTERNAL.contains(&name) || (!passes_settings && is_private_variable(name)) {
            command.env_remove(name);
        }
    }
}

/// State folder, scope and ids of the build, and the detected values that the user set by flags or in a file, which the command does
/// not get otherwise. Ids that depend on the checkout are left to each command, because git is not run before the command starts.
fn variables(settings: &Settings, system: &System) -> Vec<(String, String)> {
    let mut console = HeldOutput::default().console(LogLevel::Error);
    let state = Session::new(settings.clone(), system, &mut console).state_folder();
    let scope = match settings.general.scope {
        Scope::Run => "run",
        Scope::Job => "job",
    };
    let context = ci::from_environment(system, settings.overrides.clone()).context;
    let is_independent = context.provider.is_some() && context.identity.run.is_some();
    let IdOverrides { app_slug, build_slug, build_id, application_id, workspace_id } =
        if is_independent { ids_of(&context, settings) } else { settings.ids.clone() };
    let own = [
        ("state_dir", state.path().and_then(Path::to_str).map(str::to_owned)),
        ("scope", Some(scope.to_owned())),
        ("app_slug", app_slug),
        ("build_slug", build_slug),
        ("build_id", build_id),
        ("application_id", application_id),
        ("workspace_id", workspace_id),
    ];
    let mut overrides = settings.overrides.clone();
    let detected =
        overrides.fields().map(|field| (field.setting, field.value.take().map(|found| found.value)));
    own.into_iter().chain(detected).filter_map(|(name, value)| Some((variable(name), value?))).collect()
}

fn ids_of(context: &Context, settings: &Settings) -> IdOverrides {
    let ids = Ids::new(context, settings.general.scope, &settings.ids);
    IdOverrides {
        app_slug: Some(ids.app_slug),
        build_slug: Some(ids.build_slug),
        application_id: Some(ids.application_id),
        workspace_id: Some(ids.workspace_id),
        build_id: settings.ids.build_id.clone(),
    }
}
