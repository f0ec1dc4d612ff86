//! Which files may be read, and what for.
//!
//! Whoever opens a pull request writes the checkout. Its files are never configuration, and content that it contains, such as
//! artifacts and notes, must not be a link that leads out of it.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crate::ci::{self, Context};
use crate::system::System;

/// The variable by which the user trusts every author of the checkout.
pub const TRUST_WORKSPACE: &str = "BUILDHOOK_TRUST_WORKSPACE";

/// The most links that one path may pass, as on Linux.
const MAX_LINKS: usize = 40;
/// The most names that one path may pass, with those of its links. Each is looked up from the root.
const MAX_NAMES: usize = 1000;

type LookUp = Box<dyn FnOnce() -> Option<PathBuf> + Send>;

/// The rules for this job.
#[derive(Debug, Clone)]
pub struct FileRules {
    /// The CI's workspace, without links. It is looked up when it is first needed, which in most commands it is not.
    workspace: Arc<LazyLock<Option<PathBuf>, LookUp>>,
    trusts_workspace: bool,
}

impl FileRules {
    /// The rules for the workspace of this job: the one that the user set, else the CI's.
    pub fn new(trusts_workspace: bool, workspace: Option<&str>, system: &System) -> Self {
        let (chosen, system) = (workspace.map(str::to_owned), system.clone());
        let look_up = move || {
            let detected = || {
                let context = ci::from_environment(&system, Context::default()).context;
                context.workspace.map(|found| found.value)
            };
            let workspace = fs::canonicalize(system.folder.join(chosen.or_else(detected)?)).ok()?;
            // A workspace that contains the whole system, as in some containers, distinguishes nothing.
            workspace.parent().is_some().then_some(workspace)
        };
        Self::with_workspace(trusts_workspace, Box::new(look_up))
    }

    fn with_workspace(trusts_workspace: bool, look_up: LookUp) -> Self {
        Self { workspace: Arc::new(LazyLock::new(look_up)), trusts_workspace }
    }

    /// Reads a file of the user's configuration of at most `limit` bytes.
    pub fn read_configuration(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let way = Way::to(path)?;
        if let Some(place) = self.place_in_checkout(&way) {
            let is_link = place != way.end;
            let reason = if is_link { "a link in the checkout leads to it" } else { "it is in the checkout" };
            return Err(refused(format!(
                "{reason}, where the author of a pull request can write; put the text into the workflow (BUILDHOOK_CONFIG) \
                 or the file elsewhere, or set {TRUST_WORKSPACE}=true if you trust every author"
            )));
        }
        read(&way.end, limit)
    }

    /// Whether configuration may be read from this place, a file or a folder.
    pub fn permits_configuration(&self, path: &Path) -> bool {
        Way::to(path).is_ok_and(|way| self.place_in_checkout(&way).is_none())
    }

    /// Opens a regular file with content. Fails if a link in the checkout leads out of it, unless the user trusts the
    /// workspace.
    pub fn open_content(&self, path: &Path) -> io::Result<File> {
        if let Some(real_path) = self.leads_out(path)? {
            return Err(refused(format!("a link in the checkout {}", leads_to(&real_path))));
        }
        open_regular(path)
    }

    /// Creates a regular file, or empties it, for what the user wants to save. Fails if a link in the checkout leads out of it,
    /// unless the user trusts the workspace.
    pub fn create(&self, path: &Path) -> io::Result<File> {
        self.create_with_mode(path, 0o666)
    }

    /// [`FileRules::create`] for a file that only its owner can read if it is new. On Windows, its folder decides.
    pub fn create_private(&self, path: &Path) -> io::Result<File> {
        self.create_with_mode(path, 0o600)
    }

    fn create_with_mode(&self, path: &Path, mode: u32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(mode).custom_flags(NONBLOCK);
        }
        #[cfg(not(unix))]
        let _ = mode;
        if let Some(real_path) = self.leads_out(path)? {
            return Err(refused(format!("a link in the checkout {}", leads_to(&real_path))));
        }
        // A pipe that nothing reads cannot be opened.
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(not_regular());
        }
        // A link to nothing exists too, and is not followed.
        require_regular(options.create_new(!path.exists()).open(path)?)
    }

    /// Replaces a file by a new one with this content and the permissions of the old one. A link of this name is replaced, not
    /// followed, but one to an open file, such as `/dev/stdin`, is refused. So is one in the checkout that leads out of it, unless
    /// the user trusts the workspace.
    pub fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        if let Some(real_path) = self.leads_out(path)? {
            return Err(refused(format!("a link in the checkout {}", leads_to(&real_path))));
        }
        let is_of_system = |place: &PathBuf| place.starts_with("/proc") || place.starts_with("/dev");
        if Way::to(path)?.places.iter().any(is_of_system) {
            return Err(refused("it is not a file of yours".to_owned()));
        }
        let mut temporary = tempfile::Builder::new().tempfile_in(path.parent().unwrap_or(path))?;
        temporary.write_all(content)?;
        temporary.as_file().set_permissions(path.metadata()?.permissions())?;
        temporary.as_file().sync_all()?;
        temporary.persist(path)?;
        Ok(())
    }

    /// Where the path leads if a link in the checkout leads it out of there and the user does not trust the workspace. If it leads
    /// to nothing, the folder above decides. A path that is too long to follow counts as leading out.
    pub fn leads_out(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        if self.trusts_workspace {
            return Ok(None);
        }
        let Way { places, end } = match (Way::to(path), path.parent()) {
            // Links such as `/proc/self/fd/3` may lead to a file that has no path.
            (Err(error), _) if error.kind() == io::ErrorKind::NotFound && path.exists() => {
                return Ok(Some(path.to_owned()));
            }
            (Err(error), Some(folder)) if error.kind() == io::ErrorKind::NotFound => {
                return self.leads_out(folder);
            }
            (Err(error), _) if error.kind() == io::ErrorKind::InvalidFilename => {
                return Ok(Some(path.to_owned()));
            }
            (way, _) => way?,
        };
        let (_, links) = places.split_last().unwrap_or((&end, &[]));
        let has_link_in_checkout = links.iter().any(|link| self.is_in_checkout(link));
        Ok((has_link_in_checkout && !self.is_in_checkout(&end)).then_some(end))
    }

    /// The first place on the way that is in the checkout, unless the user trusts it.
    fn place_in_checkout(&self, way: &Way) -> Option<PathBuf> {
        let mut places = way.places.iter().filter(|_| !self.trusts_workspace);
        places.find(|place| self.is_in_checkout(place)).cloned()
    }

    /// Whether the place, which contains no links, is in the workspace or in any folder that contains `.git`.
    fn is_in_checkout(&self, place: &Path) -> bool {
        let workspace = LazyLock::force(&self.workspace);
        workspace.as_ref().is_some_and(|workspace| place.starts_with(workspace))
            || place.ancestors().skip(1).any(|folder| folder.join(".git").symlink_metadata().is_ok())
    }
}

fn refused(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}

/// Where a link leads, and what to do about it.
pub fn leads_to(real_path: &Path) -> String {
    format!(
        "leads to {}; name that path, or set {TRUST_WORKSPACE}=true if you trust every author",
        real_path.display()
    )
}

/// Opens a regular file. Anything else, such as a pipe that would block, is an error.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    open_regular_with(options, path)
}

/// Opens a regular file with these options. A pipe without a reader is an error too.
pub fn open_regular_with(mut options: OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(NONBLOCK);
    }
    require_regular(options.open(path)?)
}

/// Opening a pipe does not wait for its other end.
#[cfg(unix)]
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

fn require_regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

/// Reads a regular file of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open_regular(path)?.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        let reason = format!("it is larger than {limit} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(content)
}

/// The way that a path takes through links.
struct Way {
    /// Every link on it, and the end, each as a path without links.
    places: Vec<PathBuf>,
    /// The file that it leads to.
    end: PathBuf,
}

impl Way {
    /// Follows an absolute path as the system would.
    fn to(path: &Path) -> io::Result<Self> {
        let mut rest: VecDeque<PathBuf> = parts(path).collect();
        let (mut place, mut places, mut names) = (PathBuf::new(), Vec::new(), 0);
        while let Some(part) = rest.pop_front() {
            names += 1;
            if names > MAX_NAMES {
                return Err(io::Error::new(io::ErrorKind::InvalidFilename, "the path is too long"));
            }
            match part.components().next() {
                Some(Component::ParentDir) => {
                    place.pop();
                }
                Some(Component::CurDir) | None => {}
                Some(Component::Normal(name)) => {
                    place.push(name);
                    if place.symlink_metadata()?.is_symlink() {
                        places.push(place.clone());
                        if places.len() > MAX_LINKS {
                            return Err(io::Error::other("too many links"));
                        }
                        let target = fs::read_link(&place)?;
                        place.pop();
                        for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
                            rest.push_front(part);
                        }
                    }
                }
                // An absolute path begins again.
                Some(Component::RootDir | Component::Prefix(_)) => place = place.join(part),
            }
        }
        places.push(place.clone());
        Ok(Self { places, end: place })
    }
}

fn parts(path: &Path) -> impl Iterator<Item = PathBuf> {
    path.components().map(|part| PathBuf::from(part.as_os_str()))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder with a checkout and a folder outside of it, without links in its own path.
    #[allow(clippy::unwrap_used)]
    fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["checkout/.git", "checkout/sub", "outside"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        for name in ["checkout/file", "checkout/sub/file", "outside/file"] {
            fs::write(root.join(name), "content").unwrap();
        }
        (folder, root.join("checkout"), root.join("outside"))
    }

    #[test]
    fn configuration_is_read_only_outside_of_checkouts() {
        let (_folder, checkout, outside) = folders();
        symlink(&outside, checkout.join("out")).unwrap();
        symlink("out", checkout.join("again")).unwrap();
        symlink(&checkout, outside.join("in")).unwrap();
        symlink(checkout.join("out/file"), outside.join("through")).unwrap();
        let rules = |trusts_workspace| FileRules::with_workspace(trusts_workspace, Box::new(|| None));
        for (path, is_allowed) in [
            (outside.join("file"), true),
            (outside.join("../outside/./file"), true),
            (checkout.join("../outside/file"), true),
            (checkout.join("file"), false),
            (checkout.join("sub/file"), false),
            (checkout.join("out/file"), false),
            (checkout.join("again/file"), false),
            (outside.join("in/file"), false),
            (outside.join("through"), false),
        ] {
            let shown = path.display();
            assert_eq!(rules(false).read_configuration(&path, 100).is_ok(), is_allowed, "{shown}");
            assert!(rules(true).read_configuration(&path, 100).is_ok(), "{shown}");
        }
        let place = outside.clone();
        let workspace = FileRules::with_workspace(false, Box::new(move || Some(place)));
        assert!(workspace.read_configuration(&outside.join("file"), 100).is_err());
    }

    #[test]
    fn content_may_be_in_the_checkout_but_not_lead_out_of_it() {
        let (_folder, checkout, outside) = folders();
        symlink(&outside, checkout.join("out")).unwrap();
        symlink(checkout.join("sub"), checkout.join("inside")).unwrap();
        symlink("/proc/self/environ", checkout.join("environ")).unwrap();
        symlink(checkout.join("file"), outside.join("in")).unwrap();
        let rules = |trusts_workspace| FileRules::with_workspace(trusts_workspace, Box::new(|| None));
        for (path, is_allowed) in [
            (checkout.join("file"), true),
            (checkout.join("inside/file"), true),
            (outside.join("file"), true),
            (outside.join("in"), true),
            (checkout.join("out/file"), false),
            (checkout.join("environ"), false),
        ] {
            let shown = path.display();
            assert_eq!(rules(false).open_content(&path).is_ok(), is_allowed, "{shown}");
            assert!(rules(true).open_content(&path).is_ok(), "{shown}");
        }
    }

    #[test]
    fn only_regular_files_of_limited_size_are_read() {
        let (_folder, checkout, _) = folders();
        let pipe = checkout.join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
            .unwrap();
        for path in [&pipe, &checkout, Path::new("/dev/zero"), &checkout.join("missing")] {
            assert!(read(path, 100).is_err(), "{}", path.display());
        }
        assert_eq!(read(&checkout.join("file"), 7).unwrap(), b"content");
        assert!(read(&checkout.join("file"), 6).is_err());
        symlink("loop", checkout.join("loop")).unwrap();
        assert!(Way::to(&checkout.join("loop")).is_err());
    }
}
