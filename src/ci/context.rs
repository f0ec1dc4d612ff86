//! Everything known about the run, the job and the commit, normalized for every CI.

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Map, Value};

use super::{CheckedOut, FieldType, Forge, Identity, Sourced};

/// The run, the job and the commit. Unknown values are `None`, never guessed.
///
/// Serialized, it is the output of `buildhook context --json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Context {
    /// The CI's id, Buildstash's build-source identifier if it has one: `ghactions`.
    pub provider: Option<Sourced>,
    /// The CI's name: `GitHub Actions`.
    pub provider_name: Option<Sourced>,
    /// The pipeline, workflow or project.
    pub pipeline: Pipeline,
    /// The run of the pipeline.
    pub run: Run,
    /// The job of the run.
    pub job: Job,
    /// The repository and the commit.
    pub git: Git,
    /// The pull or merge request that is built, if any.
    pub pull_request: PullRequest,
    /// What started the run: `push`, `tag`, `pull_request`, `schedule`, `manual` or `api`.
    pub trigger: Option<Sourced>,
    /// The login of whoever started the run.
    pub actor: Option<Sourced>,
    /// The result so far, as a [`super::BuildStatus`] is written.
    pub status: Option<Sourced>,
    /// The checkout's folder.
    pub workspace: Option<Sourced>,
    /// The result of the run before this one, if the CI itself reports it.
    #[serde(skip)]
    pub previous_status: Option<Sourced>,
    /// The names of the project, the run and the job, for ids.
    #[serde(skip)]
    pub identity: Identity,
}

/// A pipeline, workflow or project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// Its name.
    pub name: Option<Sourced>,
    /// Its page.
    pub url: Option<Sourced>,
}

/// One run of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Run {
    /// An id that is unique in the CI.
    pub id: Option<Sourced>,
    /// Its id for receivers, if Buildstash's own plugin for this CI reports another one.
    #[serde(skip)]
    pub reported_id: Option<Sourced>,
    /// Its number, as the CI shows it.
    pub number: Option<Sourced>,
    /// The attempt, from 1: how often the run has been started.
    pub attempt: Option<Sourced>,
    /// Its page.
    pub url: Option<Sourced>,
    /// When it started, RFC 3339. [`Run::started_at`] parses it.
    pub started_at: Option<Sourced>,
}

/// One job of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Job {
    /// An id that is unique in the run, even among the jobs of a matrix.
    pub id: Option<Sourced>,
    /// Its name or key.
    pub name: Option<Sourced>,
    /// Its page.
    pub url: Option<Sourced>,
    /// When it started, RFC 3339.
    #[serde(skip)]
    pub started_at: Option<Sourced>,
    /// The values of its leg of the matrix.
    #[serde(skip)]
    pub matrix: Option<Map<String, Value>>,
}

/// A repository and a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Git {
    /// The service that hosts the repository, if the CI reports it.
    #[serde(skip)]
    pub forge: Option<Forge>,
    /// The checkout, if it is not the commit that is built.
    #[serde(skip)]
    pub checked_out: CheckedOut,
    /// The version control system, as Buildstash identifies it: `git`.
    pub host_type: Option<Sourced>,
    /// The host, with its port if that is not the default one: `github.com`.
    pub host: Option<Sourced>,
    /// The repository's path on the host: `owner/name`.
    pub repository: Option<Sourced>,
    /// The repository's page.
    pub repository_url: Option<Sourced>,
    /// The branch; for a pull request, its source.
    pub branch: Option<Sourced>,
    /// The target branch of a pull request.
    pub target_branch: Option<Sourced>,
    /// The tag that is built.
    pub tag: Option<Sourced>,
    /// The commit's hash; for a pull request, its head rather than the CI's merge commit.
    pub commit_sha: Option<Sourced>,
    /// The commit's page.
    pub commit_url: Option<Sourced>,
    /// The commit's full message.
    pub commit_message: Option<Sourced>,
    /// The commit's author: `Name <email>`.
    pub commit_author: Option<Sourced>,
}

/// A pull or merge request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: Option<Sourced>,
    /// Its page.
    pub url: Option<Sourced>,
}

/// `null` if there is none.
impl Serialize for PullRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.number.is_none() && self.url.is_none() {
            return serializer.serialize_none();
        }
        let mut object = serializer.serialize_struct("PullRequest", 2)?;
        object.serialize_field("number", &self.number)?;
        object.serialize_field("url", &self.url)?;
        object.end()
    }
}

/// A field of the context, with its names.
#[derive(Debug)]
pub struct Field<'a> {
    /// Its path in the JSON output: `run.id`.
    pub path: &'static str,
    /// The setting that overrides it: `run_id` is `BUILDHOOK_RUN_ID` and `--run-id`.
    pub setting: &'static str,
    /// The type of its value.
    pub field_type: FieldType,
    /// A one-line description.
    pub help: &'static str,
    /// Its value.
    pub value: &'a mut Option<Sourced>,
}

impl Git {
    /// Sets the commit of a pull request: its head, or else the one that a merge commit in the checkout names.
    pub(super) fn set_head(&mut self, head: Option<Sourced>, merge: Option<Sourced>) {
        match (&head, merge) {
            (Some(_), _) => {}
            (None, Some(merge)) => return self.set_merge(merge),
            (None, None) => self.checked_out = CheckedOut::Other,
        }
        self.commit_sha = head;
    }

    /// Sets the merge commit of a pull request that is checked out.
    pub(super) fn set_merge(&mut self, merge: Sourced) {
        if FieldType::Commit.is_plausible(&merge, true) {
            self.checked_out = CheckedOut::Merge(merge.value);
            self.commit_sha = None;
        } else {
            // Reported as malformed.
            self.checked_out = CheckedOut::Other;
            self.commit_sha = Some(merge);
        }
    }
}

impl Run {
    /// The id for receivers.
    pub fn reported_id(&self) -> Option<&str> {
        self.reported_id.as_deref().or(self.id.as_deref())
    }

    /// When the run started.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started_at.as_deref()?.parse().ok()
    }
}

impl Job {
    /// When the job started.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started_at.as_deref()?.parse().ok()
    }
}

impl Context {
    /// The value of a field, by its path in the JSON output.
    pub(super) fn get(&self, path: &str) -> Option<Sourced> {
        self.clone().fields().into_iter().find(|field| field.path == path)?.value.take()
    }

    /// Every field, in the order in which `context` prints them.
    pub fn fields(&mut self) -> [Field<'_>; 29] {
        use FieldType::{
            Branch, Commit, Number, Provider, Repository, Status, Tag, Text, Time, Trigger, Url,
        };
        let field = |path, setting, field_type, help, value| Field { path, setting, field_type, help, value };
        let Self { pipeline, run, job, git, pull_request, .. } = self;
        #[rustfmt::skip]
        let fields = [
            field("provider", "provider", Provider, "The CI, by its id", &mut self.provider),
            field("provider_name", "provider_name", Text, "The name of the CI", &mut self.provider_name),
            field("pipeline.name", "pipeline_name", Text, "The pipeline, workflow or project", &mut pipeline.name),
            field("pipeline.url", "pipeline_url", Url, "The page of the pipeline", &mut pipeline.url),
            field("run.id", "run_id", Text, "The id of the run", &mut run.id),
            field("run.number", "run_number", Text, "The number of the run", &mut run.number),
            field("run.attempt", "run_attempt", Number, "The attempt, from 1", &mut run.attempt),
            field("run.url", "run_url", Url, "The page of the run", &mut run.url),
            field("run.started_at", "run_started_at", Time, "When the run started", &mut run.started_at),
            field("job.id", "job_id", Text, "The id of the job", &mut job.id),
            field("job.name", "job_name", Text, "The name of the job", &mut job.name),
            field("job.url", "job_url", Url, "The page of the job", &mut job.url),
            field("git.host_type", "git_host_type", Text, "The version control system", &mut git.host_type),
            field("git.host", "git_host", Text, "The host of the repository", &mut git.host),
            field("git.repository", "repository", Text, "The path of the repository, owner/name", &mut git.repository),
            field("git.repository_url", "repository_url", Repository, "The page of the repository", &mut git.repository_url),
            field("git.branch", "branch", Branch, "The branch; for a pull request, its source", &mut git.branch),
            field("git.target_branch", "target_branch", Branch, "The target branch of a pull request", &mut git.target_branch),
            field("git.tag", "tag", Tag, "The tag", &mut git.tag),
            field("git.commit_sha", "commit_sha", Commit, "The hash of the commit", &mut git.commit_sha),
            field("git.commit_url", "commit_url", Url, "The page of the commit", &mut git.commit_url),
            field("git.commit_message", "commit_message", Text, "The message of the commit", &mut git.commit_message),
            field("git.commit_author", "commit_author", Text, "The author of the commit", &mut git.commit_author),
            field("pull_request.number", "pull_request", FieldType::PullRequest, "The number of the pull or merge request", &mut pull_request.number),
            field("pull_request.url", "pull_request_url", Url, "The page of the pull or merge request", &mut pull_request.url),
            field("trigger", "trigger", Trigger, "What started the run: push, tag, pull_request, schedule, manual or api", &mut self.trigger),
            field("actor", "actor", Text, "The login of whoever started the run", &mut self.actor),
            field("status", "status", Status, "The result: success, failed, aborted or aborted-with-success", &mut self.status),
            field("workspace", "workspace", Text, "The checkout's folder", &mut self.workspace),
        ];
        fields
    }
}
