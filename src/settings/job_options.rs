//! Facts about jobs that a pipeline passes on, as JSON.

use serde_json::{Map, Value};

use super::declaration::settings;
use super::{Mistake, RawSetting, RawSettings, Setting};
use crate::job_result::{JobResult, Jobs};

settings! {
    /// Facts about jobs that a pipeline passes on.
    pub struct JobOptions {
        /// The jobs that `finished` reports on: JSON with the result of each by name, such as GitHub's `toJSON(needs)`
        needs: Jobs as JSON,
        /// The values of this job's leg of the matrix, a JSON object such as GitHub's `toJSON(matrix)`
        matrix: Matrix as JSON,
    }
}

/// The values of a leg of a matrix.
#[derive(Debug, Clone)]
pub struct Matrix(pub Map<String, Value>);

impl Setting for Matrix {
    const PLACEHOLDER: &'static str = "JSON";
    const EXPECTED: &'static str = "a JSON object such as {\"os\": \"linux\"}";

    fn parse(text: &str) -> Option<Self> {
        // Deeper values could not be read back from the event.
        let is_shallow = text.bytes().filter(|byte| b"[{".contains(byte)).count() < 64;
        serde_json::from_str(text).ok().filter(|_| is_shallow).map(Self)
    }
}

/// `{"build": {"result": "success"}}`, as GitHub writes it, or `{"build": "success"}`.
impl Setting for Jobs {
    const PLACEHOLDER: &'static str = "JSON";
    const EXPECTED: &'static str =
        "the results of jobs as JSON, such as {\"build\": \"success\"}; on GitHub pass ${{ toJSON(needs) }}";

    fn parse(text: &str) -> Option<Self> {
        Self::read(&RawSetting::text(text, "")).ok()
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let text = raw.as_text().unwrap_or_default();
        let Ok(jobs) = serde_json::from_str::<Map<String, Value>>(text) else {
            return Err(raw.mistake(Self::EXPECTED));
        };
        if jobs.is_empty() {
            return Err(raw.mistake("the result of at least one job; on GitHub list the jobs under `needs:`"));
        }
        let result = |(name, job): (String, Value)| {
            let found = JobResult::parse(job.get("result").unwrap_or(&job).as_str().unwrap_or_default());
            found.map(|result| (name.clone(), result)).ok_or_else(|| {
                let name = name.escape_debug();
                raw.mistake_without_value(format!(
                    "success, failure, cancelled or skipped as the result of the job `{name}`, or a CI's word for it"
                ))
            })
        };
        jobs.into_iter().map(result).collect::<Result<_, _>>().map(Jobs)
    }
}

impl JobOptions {
    /// The matrix if it can be read; a mistake in it costs nothing else.
    pub(super) fn matrix_or_warning(
        settings: &RawSettings,
        warnings: &mut Vec<String>,
    ) -> Option<Map<String, Value>> {
        Self::matrix(settings)
            .unwrap_or_else(|mistake: Mistake| {
                warnings.push(format!("{mistake}; it is left out"));
                None
            })
            .map(|matrix| matrix.0)
    }
}
