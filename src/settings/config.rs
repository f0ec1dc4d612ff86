//! The configuration: TOML text in a setting, the file that it names, or the machine's own file.

use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::environment::CONFIG_SHA256;
use super::{Mistake, RawSetting};
use crate::file_rules::{self, FileRules};
use crate::system::System;

/// Largest configuration, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// What holds for the machine's configuration.
const ROOT_ALONE: &str = "root must own it, and no one else may be able to write it";

const CHANGED: &str = "it is not as the first step of the action found it: a step of this job changed it. Use the TOML text itself \
                       as the input `config`, or write the file before that step";

/// TOML text and its name in messages.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) text: String,
    pub(super) name: String,
}

/// Finds the configuration. `config` is the setting of this name. `None` if there is no configuration.
pub(super) fn find(
    config: Option<&RawSetting>,
    rules: &FileRules,
    system: &System,
    notices: &mut Vec<String>,
) -> Result<Option<Config>, Mistake> {
    let Some((value, origin)) = config.and_then(|raw| Some((raw.as_text()?, &raw.origin))) else {
        let config = read_machine_config(&system.machine_config, notices);
        if let Some(config) = &config
            && is_changed(config.text.as_bytes(), system)
        {
            let origin = "the machine's configuration".to_owned();
            let (path, reason) = (config.name.clone(), CHANGED.to_owned());
            return Err(Mistake::UnreadableFile { origin, path, reason });
        }
        notices.extend(unused_file(&system.folder));
        return Ok(config);
    };
    if is_text(value, &system.folder) {
        // With its white space, so that line numbers are right.
        let text = config.and_then(RawSetting::as_exact_text).unwrap_or(value).to_owned();
        return Ok(Some(Config { text, name: origin.clone() }));
    }
    let path = system.folder.join(value);
    let name = path.strip_prefix(&system.folder).unwrap_or(&path).display().to_string();
    let unreadable =
        |reason: String| Mistake::UnreadableFile { origin: origin.clone(), path: name.clone(), reason };
    if path == system.machine_config && !belongs_to_root_alone(&path) {
        return Err(unreadable(ROOT_ALONE.to_owned()));
    }
    let bytes = rules.read_configuration(&path, MAX_BYTES).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Mistake::NoConfig { origin: origin.clone(), path: name.clone() },
        _ => unreadable(error.to_string()),
    })?;
    if is_changed(&bytes, system) {
        return Err(unreadable(CHANGED.to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
    Ok(Some(Config { text, name }))
}

/// Whether a file is another one than the first step of the Action found. The steps of a job can write files, but must not decide
/// where the Action's last step sends its secrets.
fn is_changed(content: &[u8], system: &System) -> bool {
    let found = system.environment.get(CONFIG_SHA256);
    found.is_some_and(|found| found != hex::encode(Sha256::digest(content)))
}

/// Whether the value is TOML itself, rather than the name of a file.
fn is_text(value: &str, folder: &Path) -> bool {
    value.contains('\n') || (value.contains('=') && !folder.join(value).is_file())
}

/// The machine's configuration, if root owns it and no one else may write it.
fn read_machine_config(path: &Path, notices: &mut Vec<String>) -> Option<Config> {
    let name = path.display().to_string();
    let mut ignore = |reason: &str| {
        notices.push(format!("{name} is ignored: {reason}"));
        None
    };
    if !path.exists() {
        return None;
    }
    if !belongs_to_root_alone(path) {
        return ignore(ROOT_ALONE);
    }
    match file_rules::read(path, MAX_BYTES) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Some(Config { text, name }),
            Err(_) => ignore("it is not UTF-8"),
        },
        Err(error) => ignore(&error.to_string()),
    }
}

#[cfg(unix)]
fn belongs_to_root_alone(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    path.metadata().is_ok_and(|file| file.uid() == 0 && file.mode() & 0o022 == 0)
}

/// Where there is no root, no file belongs to it.
#[cfg(not(unix))]
fn belongs_to_root_alone(_: &Path) -> bool {
    false
}

/// A notice about a file that looks like a configuration, in this folder or one above it in the same checkout.
fn unused_file(folder: &Path) -> Option<String> {
    let above = folder.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
    let mut files = folder
        .ancestors()
        .take(above + 1)
        .flat_map(|folder| [".buildhook.toml", ".github/buildhook.toml"].map(|name| folder.join(name)));
    let file = files.find(|file| file.is_file())?;
    let name = file.strip_prefix(folder).unwrap_or(&file).display();
    Some(format!(
        "{name} is not read: anyone who can open a pull request can change it. Put its text into the workflow, as \
         BUILDHOOK_CONFIG or the input `config`"
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn system(machine_config: &Path) -> System {
        System { machine_config: machine_config.to_owned(), folder: "/".into(), ..System::from_process() }
    }

    #[test]
    fn text_has_a_line_break_or_an_equals_sign() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a=b.toml"), "").unwrap();
        for (value, expected) in [
            ("timeout = '5s'", true),
            ("[[endpoint]]\nurl = 'x'", true),
            ("# nothing\n", false),
            ("hooks.toml", false),
            ("a=b.toml", false),
        ] {
            assert_eq!(is_text(value.trim(), folder.path()), expected, "{value}");
        }
    }

    #[test]
    fn the_last_step_of_the_action_reads_only_the_file_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hooks.toml");
        let value = RawSetting::text(path.display().to_string(), "input config");
        let found = |sha256: &str, config: Option<&RawSetting>| {
            let mut system = system(&path);
            system.environment = [(CONFIG_SHA256, sha256)].into_iter().collect();
            find(config, &FileRules::new(false, None, &system), &system, &mut Vec::new())
        };
        fs::write(&path, "retries = 1").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        // sha256sum
        let sha256 = "0ea2657ce261e1a79df9136c0fc25ed94ab6da9b18e6e7041389ce32606bf03c";
        // As the machine's configuration, too.
        let owned_by_root = rustix::process::geteuid().is_root();
        for config in [Some(&value), None].into_iter().filter(|config| config.is_some() || owned_by_root) {
            assert_eq!(found(sha256, config).unwrap().unwrap().text, "retries = 1");
            for changed in ["none", &sha256.replace('a', "b")] {
                let error = found(changed, config).unwrap_err().to_string();
                assert!(error.contains("a step of this job changed it"), "{error}");
            }
        }
        // Text is no file.
        let text = RawSetting::text("retries = 1".to_owned(), "input config");
        assert!(found("none", Some(&text)).unwrap().is_some());
    }

    #[test]
    fn the_machine_s_file_must_be_root_s_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("buildhook.toml");
        let mut notices = Vec::new();
        let rules = || FileRules::new(false, None, &system(&path));
        assert_eq!(find(None, &rules(), &system(&path), &mut notices), Ok(None));
        assert!(notices.is_empty());
        fs::write(&path, "retries = 1").unwrap();
        let is_root = rustix::process::geteuid().is_root();
        for (mode, is_safe) in [(0o640, true), (0o644, true), (0o660, false), (0o646, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let mut notices = Vec::new();
            let found = find(None, &rules(), &system(&path), &mut notices).unwrap();
            assert_eq!(found.is_some(), is_safe && is_root, "{mode:o}");
            assert_eq!(notices.len(), usize::from(found.is_none()), "{notices:?}");
            let named = RawSetting::text(path.display().to_string(), "--config");
            let found = find(Some(&named), &rules(), &system(&path), &mut notices);
            assert_eq!(found.is_ok(), is_safe && is_root, "named, {mode:o}");
        }
    }
}
