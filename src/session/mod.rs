//! What commands share: the settings they load, the build they detect, and the way from events to outcomes.

mod artifacts;
mod created;
mod deliver;
mod filters;
mod final_events;
mod held_output;
mod job_table;
mod kept;
pub(crate) mod kept_builds;
mod locks;
mod log_lines;
mod outputs;
mod panics;
pub(crate) mod patterns;
mod private_memory;
mod probes;
pub(crate) mod releases;
mod requests;
mod run_id;
mod sender;
mod summary;

use anyhow::Result;

pub(crate) use created::{Artifacts, Created};
pub(crate) use deliver::unencrypted_warning;
pub(crate) use filters::{SWITCHED_OFF, left_out_because};
pub(crate) use final_events::{FinalEvents, Sending};
pub(crate) use held_output::HeldOutput;
pub(crate) use panics::{caught, silence};
pub(crate) use run_id::Step;
pub(crate) use sender::{Detected, Sender};

use crate::ci;
use crate::delivery::{SharedTrust, TimeLimit};
use crate::file_rules::FileRules;
use crate::report::Console;
use crate::settings::{Mistake, RawSettings, Settings};
use crate::state::{Access, StateFolder};
use crate::system::System;

/// The environment of a command that has settings.
pub(crate) struct Session<'a> {
    pub(crate) settings: Settings,
    pub(crate) system: &'a System,
    pub(crate) console: &'a mut Console,
    /// When deliveries must end. Only `run` learns that the job was canceled.
    pub(crate) time: TimeLimit,
    trust: SharedTrust,
    /// Whether each endpoint gets the events one after the other.
    pub(crate) in_order: bool,
    /// Whether the first step of the Action has reported what is odd about the settings.
    is_last_step: bool,
    /// Whether the log already names the endpoints that the command waits for.
    has_named_endpoints: bool,
    /// Whether the log already has the place of undelivered events.
    has_advised: bool,
    /// The size of the undelivered events that were written into the log.
    logged_bytes: usize,
    /// The run that `run` has chosen for its events, for builds that no CI names.
    chosen_run: Option<String>,
}

/// Loads the settings and reports what is odd about them; `flags` are those on the command line.
pub(crate) fn load(flags: RawSettings, system: &System, console: &mut Console) -> Result<Settings> {
    let settings = load_quietly(flags, system)?;
    report_oddities(&settings, console);
    Ok(settings)
}

fn report_oddities(settings: &Settings, console: &mut Console) {
    console.level = settings.general.log;
    console.warnings(&settings.warnings);
    settings.notices.iter().for_each(|notice| console.notice(notice));
}

/// Loads the settings. Nothing else in the program does.
pub(crate) fn load_quietly(flags: RawSettings, system: &System) -> Result<Settings, Mistake> {
    private_memory::protect();
    Settings::load(flags, system)
}

impl<'a> Session<'a> {
    /// Loads the settings. `flags` are those on the command line. If this is the Action's last step, the first one, which has the
    /// same settings, has reported what is odd about them.
    pub(crate) fn open(
        flags: RawSettings,
        is_last_step: bool,
        system: &'a System,
        console: &'a mut Console,
    ) -> Result<Self> {
        let mut settings = load_quietly(flags, system)?;
        if is_last_step {
            settings.warnings.clear();
            settings.notices.clear();
        }
        report_oddities(&settings, console);
        Ok(Self { is_last_step, ..Self::new(settings, system, console) })
    }

    /// A session with settings that were loaded before.
    pub(crate) fn new(settings: Settings, system: &'a System, console: &'a mut Console) -> Self {
        let trust = SharedTrust::new(&system.environment, &settings.authorities, &settings.file_rules);
        Self {
            settings,
            system,
            console,
            time: TimeLimit::default(),
            trust,
            in_order: false,
            is_last_step: false,
            has_named_endpoints: false,
            has_advised: false,
            logged_bytes: 0,
            chosen_run: None,
        }
    }

    /// Uses this run for a build that no CI names.
    pub(crate) fn choose_run(&mut self, run: String) {
        self.chosen_run = Some(run);
    }

    /// The run that was chosen for this command, or for the command of `run` that this is a part of.
    fn given_run(&self) -> Option<String> {
        let of_parent = || self.settings.parent_run.as_ref().map(|parent| parent.id.clone());
        self.chosen_run.clone().or_else(of_parent)
    }

    /// Sets the run of the context as the next command that adds to the build will, without beginning one.
    pub(crate) fn find_run(&mut self, context: &mut ci::Context, state: &StateFolder) {
        run_id::find_current(context, self, state);
    }

    /// A sentence for each id that will not be that of other steps, or will be that of others.
    pub(crate) fn doubts_about_ids(&self, context: &ci::Context) -> Vec<String> {
        run_id::doubts(context, self)
    }

    /// Which files this command may read and write.
    pub(crate) fn file_rules(&self) -> FileRules {
        self.settings.file_rules.clone()
    }

    /// The state folder, found without running git and not created.
    pub(crate) fn state_folder(&mut self) -> StateFolder {
        self.state_folder_for(Access::Existing)
    }

    /// The state folder, found without running git.
    pub(crate) fn state_folder_for(&mut self, access: Access) -> StateFolder {
        let context = ci::from_environment(self.system, self.settings.overrides.clone()).context;
        self.locate_state(&context, access)
    }

    fn locate_state(&mut self, context: &ci::Context, access: Access) -> StateFolder {
        let mut warnings = Vec::new();
        let state = self.find_state(context, access, &mut warnings);
        self.console.warnings(&warnings);
        state
    }

    /// The state folder of the build.
    pub(crate) fn find_state(
        &self,
        context: &ci::Context,
        access: Access,
        warnings: &mut Vec<String>,
    ) -> StateFolder {
        let rules = &self.settings.file_rules;
        let chosen = self.settings.general.state_dir.as_deref().filter(|path| match rules.leads_out(path) {
            Ok(None) => true,
            Ok(Some(real_path)) => {
                let (shown, real_path) = (path.display(), real_path.display());
                warnings.push(format!(
                    "cannot use the state folder {shown}: a link in the checkout leads to {real_path}; using another one"
                ));
                false
            }
            // Opening it fails too, for the same reason.
            Err(_) => true,
        });
        StateFolder::locate(chosen, context, access, self.system, warnings)
    }
}
