//! What the user says about artifacts, and the events of the builds that they are.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::dispatch::Dispatch;
use super::files;
use crate::artifact::{Artifact, Details, Version, catalog, size_string};
use crate::ci::{self, Context};
use crate::event::{Build, Event};
use crate::report::{Console, Progress};
use crate::settings::ArtifactOptions;
use crate::system::System;

/// The most files that may accompany a build, and the most bytes that each may have.
const METADATA_FILES: usize = 10;
const METADATA_BYTES: u64 = 5 << 20;

impl ArtifactOptions {
    /// An event for each file that is named, which all are read before anything is sent: a wrong name in the list is
    /// a mistake of the whole list.
    pub(crate) fn events(
        &self,
        names: &[PathBuf],
        dispatch: &Dispatch,
        console: &mut Console,
    ) -> Result<Vec<Event>> {
        let system = dispatch.system;
        let files = files::find(names, &system.folder)?;
        let (expansion, metadata) = self.accompanying_files(&files, system)?;
        let mut warnings = Vec::new();
        let progress = Progress::new(&files, system, console);
        let artifacts = Artifact::read_all(&files, &|bytes| progress.add(bytes), &mut warnings)?;
        drop(progress);
        let mut events = Vec::new();
        for (file, artifact) in files.iter().zip(artifacts) {
            if expansion.is_some() && artifact.filetype.is_none_or(|filetype| filetype.extension != "apk") {
                bail!("{} takes no expansion file: only an apk does", artifact.filename);
            }
            let build = self.build(artifact, file, dispatch, &mut warnings);
            let build = Build { expansion: expansion.clone(), metadata: metadata.clone(), ..build };
            events.push(dispatch.created(build)?);
        }
        for warning in warnings {
            console.warning(&warning);
        }
        Ok(events)
    }

    /// The expansion file and the files that accompany each build.
    fn accompanying_files(
        &self,
        files: &[PathBuf],
        system: &System,
    ) -> Result<(Option<Artifact>, Vec<Artifact>)> {
        let expansion = match &self.expansion {
            Some(_) if files.len() > 1 => {
                bail!("an expansion file belongs to one apk; {} files are named", files.len())
            }
            Some(path) => Some(Artifact::read_without_details(&system.folder.join(path))?),
            None => None,
        };
        let mut metadata = Vec::new();
        let paths =
            if self.metadata.is_empty() { Vec::new() } else { files::find(&self.metadata, &system.folder)? };
        if paths.len() > METADATA_FILES {
            bail!("{} files are to accompany the build; {METADATA_FILES} may", paths.len());
        }
        for path in paths {
            let size = std::fs::metadata(&path).map_or(0, |file| file.len());
            if size > METADATA_BYTES {
                let (shown, size) = (path.display(), size_string(size));
                bail!(
                    "{shown} has {size}; files that accompany a build have at most {}",
                    size_string(METADATA_BYTES)
                );
            }
            metadata.push(Artifact::read_without_details(&path)?);
        }
        Ok((expansion, metadata))
    }

    /// The build that consists of this artifact: what the user says wins over what the file and the CI say. Where
    /// the file says something else, the user should know.
    fn build(
        &self,
        mut artifact: Artifact,
        file: &Path,
        dispatch: &Dispatch,
        warnings: &mut Vec<String>,
    ) -> Build {
        let context = &dispatch.context;
        for (what, said, found) in self.conflicts(&artifact.details) {
            if let (Some(said), Some(found)) = (said, found)
                && said != found
            {
                warnings.push(format!(
                    "{}: it says {what} {found}, but {said} is sent, as you say",
                    artifact.filename
                ));
            }
        }
        let details = &mut artifact.details;
        details.version = self.version.clone().or(details.version.take()).or_else(|| version_of_tag(context));
        details.platform = self.platform.or(details.platform);
        if !self.architectures.is_empty() {
            details.architectures.clone_from(&self.architectures);
        }
        let by_run = || context.run.number.as_deref().map(str::to_owned);
        details.build_number = self.build_number.clone().or(details.build_number.take()).or_else(by_run);
        Build {
            id: dispatch.ids.build_id(&artifact),
            expansion: None,
            metadata: Vec::new(),
            stream: self.stream.clone(),
            labels: self.labels.clone(),
            notes: self.notes.clone(),
            download_url: self
                .download_url
                .clone()
                .map(|url| url.0)
                .or_else(|| ci::artifact_url(context, file)),
            artifact,
        }
    }

    /// What the user and the file say about the same things.
    fn conflicts(&self, details: &Details) -> [(&'static str, Option<String>, Option<String>); 4] {
        let names = |list: &[&catalog::Architecture]| {
            let names: Vec<&str> = list.iter().map(|architecture| architecture.identifier).collect();
            Some(names.join(", ")).filter(|names| !names.is_empty())
        };
        let name =
            |platform: Option<&catalog::Platform>| platform.map(|platform| platform.identifier.to_owned());
        [
            (
                "version",
                self.version.as_ref().map(Version::full),
                details.version.as_ref().map(Version::full),
            ),
            ("build number", self.build_number.clone(), details.build_number.clone()),
            ("platform", name(self.platform), name(details.platform)),
            ("architectures", names(&self.architectures), names(&details.architectures)),
        ]
    }
}

fn version_of_tag(context: &Context) -> Option<Version> {
    context.git.tag.as_deref().and_then(Version::parse)
}
