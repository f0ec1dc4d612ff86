//! Where the state folder may be, best place first.

use std::path::{Path, PathBuf};

use super::os;
use crate::ci::{self, Context};
use crate::system::System;

/// The name of the state folder.
const NAME: &str = "buildhook";

/// A place for the state folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder that the user or the system provides.
    pub(super) base: PathBuf,
    /// What to do with it.
    pub(super) kind: Kind,
    /// Why it is a place for the state folder.
    pub(super) reason: PlaceReason,
}

/// Why the state folder is where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceReason {
    /// The user set it.
    Chosen,
    /// It is in the CI's folder for temporary files of the job, which this variable names.
    JobFolder(&'static str),
    /// It is in the `.git` folder of the checkout.
    Checkout,
    /// It is in the user's folder for state, which follows from this variable.
    UserState(&'static str),
    /// It is in the system's folder for temporary files.
    Temporary,
}

/// Kinds of places.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The base is the state folder, as the user set it. It and its parents are created.
    Chosen,
    /// The state folder is this folder in the base, which must exist.
    In(String),
    /// The state folder is this folder in the base, which is created with its parents.
    InHome(String),
    /// The state folder is in the `.git` folder of this checkout.
    Checkout,
}

impl Place {
    /// The path of the state folder there.
    pub(super) fn path(&self) -> PathBuf {
        match &self.kind {
            Kind::Chosen => self.base.clone(),
            Kind::In(name) | Kind::InHome(name) => self.base.join(name),
            Kind::Checkout => self.base.join(".git").join(NAME),
        }
    }
}

/// The chosen place; else the CI's temporary folder of the job; else the `.git` folder of the checkout, where steps
/// share nothing but the workspace and outside of CIs; else the user's folder for state; else the system's for
/// temporary files.
pub(super) fn places(chosen: Option<&Path>, context: &Context, system: &System) -> Vec<Place> {
    let environment = &system.environment;
    let folder = |variable| environment.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let mut places = Vec::new();
    let place = |base: &Path, kind, reason| Place { base: base.to_owned(), kind, reason };
    places.extend(chosen.map(|path| place(path, Kind::Chosen, PlaceReason::Chosen)));
    let job_folder = ci::temp_dir(context, environment).zip(ci::temp_dir_variable(context));
    places
        .extend(job_folder.map(|(path, variable)| {
            place(path, Kind::In(NAME.to_owned()), PlaceReason::JobFolder(variable))
        }));
    if ci::has_only_the_workspace(context, environment) {
        let workspace = context.workspace.as_deref().map(Path::new).filter(|path| path.is_dir());
        let start = workspace.unwrap_or(&system.folder);
        let checkout = start.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
        places.extend(checkout.map(|path| place(path, Kind::Checkout, PlaceReason::Checkout)));
    }
    // <https://specifications.freedesktop.org/basedir-spec/latest/>
    let variable = |name| folder(name).map(|path| (path, name));
    let state_home = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else {
        let in_home = || variable("HOME").filter(|(home, _)| home.is_dir());
        variable("XDG_STATE_HOME").or_else(|| in_home().map(|(home, name)| (home.join(".local/state"), name)))
    };
    places.extend(
        state_home
            .map(|(base, name)| place(&base, Kind::InHome(NAME.to_owned()), PlaceReason::UserState(name))),
    );
    let temporary = ["TMPDIR", "TEMP", "TMP"].into_iter().find_map(folder);
    let temporary = temporary.or_else(|| (!cfg!(windows)).then(|| PathBuf::from("/tmp")));
    let name = format!("{NAME}{}", os::user_suffix());
    places.extend(temporary.map(|base| place(&base, Kind::In(name), PlaceReason::Temporary)));
    places
}
