//! What is known about the pipeline, whichever CI it runs on.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{FieldType, Forge, Sourced};

/// What is known about the run, the job and the commit. Unknown is `None`; nothing is guessed.
///
/// Serialised, it is the object that `buildhook context --json` prints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Context {
    /// The CI's identifier, a build source of Buildstash where it has one: `ghactions`.
    pub provider: Option<Sourced>,
    /// The CI's name: `GitHub Actions`.
    pub provider_name: Option<Sourced>,
    /// The pipeline, workflow or project that runs.
    pub pipeline: Pipeline,
    /// This run of it.
    pub run: Run,
    /// The job inside the run.
    pub job: Job,
    /// Repository and commit.
    pub git: Git,
    /// The pull or merge request that is built, if one is.
    pub pull_request: PullRequest,
    /// What started the run: `push`, `tag`, `pull_request`, `schedule`, `manual` or `api`.
    pub trigger: Option<Sourced>,
    /// The login of whoever started it.
    pub actor: Option<Sourced>,
    /// The result so far, as one of the words of [`super::BuildStatus`].
    pub status: Option<Sourced>,
    /// The folder of the checkout.
    pub workspace: Option<Sourced>,
}

/// The pipeline, workflow or project that runs.
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
    /// What tells it from all other runs.
    pub id: Option<Sourced>,
    /// Its number, as people see it.
    pub number: Option<Sourced>,
    /// How often it has been started, from 1.
    pub attempt: Option<Sourced>,
    /// Its page.
    pub url: Option<Sourced>,
    /// When it started, RFC 3339.
    pub started_at: Option<Sourced>,
}

/// One job of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Job {
    /// What tells it from the other jobs, the legs of a matrix included, where the CI says.
    pub id: Option<Sourced>,
    /// Its name or key.
    pub name: Option<Sourced>,
    /// Its page.
    pub url: Option<Sourced>,
}

/// Repository and commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Git {
    /// The service that hosts the repository, where the CI tells it.
    #[serde(skip)]
    pub forge: Option<Forge>,
    /// The version control system, by Buildstash's identifier: `git`.
    pub host_type: Option<Sourced>,
    /// The host's name, with the port where it is not the usual one: `github.com`.
    pub host: Option<Sourced>,
    /// The repository's path on the host: `owner/name`.
    pub repository: Option<Sourced>,
    /// The repository's page.
    pub repository_url: Option<Sourced>,
    /// The branch; of a pull request, the one it comes from.
    pub branch: Option<Sourced>,
    /// The branch that a pull request goes to.
    pub target_branch: Option<Sourced>,
    /// The tag that is built.
    pub tag: Option<Sourced>,
    /// The commit's full hash; of a pull request its head, not a merge commit of the CI's making.
    pub commit_sha: Option<Sourced>,
    /// The commit's page.
    pub commit_url: Option<Sourced>,
    /// The commit's whole message.
    pub commit_message: Option<Sourced>,
    /// The commit's author, `Name <address>`.
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

/// `null` when there is none.
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

/// A field of the context by its names.
#[derive(Debug)]
pub struct Field<'a> {
    /// Its place in the JSON form: `run.id`.
    pub path: &'static str,
    /// The setting that overrides it: `run_id` is `BUILDHOOK_RUN_ID` and `--run-id`.
    pub setting: &'static str,
    /// The type of its value.
    pub field_type: FieldType,
    /// What it is, in a line.
    pub help: &'static str,
    /// Its value.
    pub value: &'a mut Option<Sourced>,
}

impl Context {
    /// Every field, in the order in which people read them.
    pub fn fields(&mut self) -> [Field<'_>; 29] {
        use FieldType::{Branch, Commit, Number, Repository, Status, Tag, Text, Time, Trigger, Url};
        let field = |path, setting, field_type, help, value| Field { path, setting, field_type, help, value };
        let Self { pipeline, run, job, git, pull_request, .. } = self;
        #[rustfmt::skip]
        let fields = [
            field("provider", "provider", Text, "The CI, by its identifier", &mut self.provider),
            field("provider_name", "provider_name", Text, "The CI, by its name", &mut self.provider_name),
            field("pipeline.name", "pipeline_name", Text, "The pipeline, workflow or project", &mut pipeline.name),
            field("pipeline.url", "pipeline_url", Url, "The page of the pipeline", &mut pipeline.url),
            field("run.id", "run_id", Text, "What tells this run from all others", &mut run.id),
            field("run.number", "run_number", Text, "The number of the run", &mut run.number),
            field("run.attempt", "run_attempt", Number, "How often the run has been started", &mut run.attempt),
            field("run.url", "run_url", Url, "The page of the run", &mut run.url),
            field("run.started_at", "run_started_at", Time, "When the run started", &mut run.started_at),
            field("job.id", "job_id", Text, "What tells this job from the others of the run", &mut job.id),
            field("job.name", "job_name", Text, "The name of the job", &mut job.name),
            field("job.url", "job_url", Url, "The page of the job", &mut job.url),
            field("git.host_type", "git_host_type", Text, "The version control system", &mut git.host_type),
            field("git.host", "git_host", Text, "The host of the repository", &mut git.host),
            field("git.repository", "repository", Text, "The path of the repository, owner/name", &mut git.repository),
            field("git.repository_url", "repository_url", Repository, "The page of the repository", &mut git.repository_url),
            field("git.branch", "branch", Branch, "The branch; of a pull request, where it comes from", &mut git.branch),
            field("git.target_branch", "target_branch", Branch, "The branch that a pull request goes to", &mut git.target_branch),
            field("git.tag", "tag", Tag, "The tag", &mut git.tag),
            field("git.commit_sha", "commit_sha", Commit, "The hash of the commit", &mut git.commit_sha),
            field("git.commit_url", "commit_url", Url, "The page of the commit", &mut git.commit_url),
            field("git.commit_message", "commit_message", Text, "The message of the commit", &mut git.commit_message),
            field("git.commit_author", "commit_author", Text, "The author of the commit", &mut git.commit_author),
            field("pull_request.number", "pull_request", FieldType::PullRequest, "The number of the pull or merge request", &mut pull_request.number),
            field("pull_request.url", "pull_request_url", Url, "The page of the pull or merge request", &mut pull_request.url),
            field("trigger", "trigger", Trigger, "What started the run: push, tag, pull_request, schedule, manual, api", &mut self.trigger),
            field("actor", "actor", Text, "The login of whoever started the run", &mut self.actor),
            field("status", "status", Status, "How the build ended: success, failed, aborted, aborted-with-success", &mut self.status),
            field("workspace", "workspace", Text, "The folder of the checkout", &mut self.workspace),
        ];
        fields
    }
}
