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
    places.extend(chosen.map(|path| Place { base: path.to_owned(), kind: Kind::Chosen }));
    let in_base = |base| Place { base, kind: Kind::In(NAME.to_owned()) };
    places.extend(ci::temp_dir(context, environment).map(|path| in_base(path.to_owned())));
    if ci::has_only_the_workspace(context, environment) {
        let workspace = context.workspace.as_deref().map(Path::new).filter(|path| path.is_dir());
        let start = workspace.unwrap_or(&system.folder);
        let checkout = start.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
        places.extend(checkout.map(|path| Place { base: path.to_owned(), kind: Kind::Checkout }));
    }
    // <https://specifications.freedesktop.org/basedir-spec/latest/>
    let state_home = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else {
        folder("XDG_STATE_HOME")
            .or_else(|| folder("HOME").filter(|home| home.is_dir()).map(|home| home.join(".local/state")))
    };
    places.extend(state_home.map(|base| Place { base, kind: Kind::InHome(NAME.to_owned()) }));
    let temporary = ["TMPDIR", "TEMP", "TMP"].into_iter().find_map(folder);
    let temporary = temporary.or_else(|| (!cfg!(windows)).then(|| PathBuf::from("/tmp")));
    let name = format!("{NAME}{}", os::user_suffix());
    places.extend(temporary.map(|base| Place { base, kind: Kind::In(name) }));
    places
}
