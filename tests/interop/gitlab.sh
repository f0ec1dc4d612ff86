#!/usr/bin/env bash
# Runs the GitLab components, templates/pipeline.yml and templates/job.yml, and a job that calls buildhook itself, in a passing and a
# failing pipeline under gitlab-ci-local.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${TOOLS_DIR:?set it to the folder where .ci/run installs gitlab-ci-local}")
gitlab_ci_local=$tools/node/node_modules/.bin/gitlab-ci-local
require "$gitlab_ci_local" git node python3 rsync

mkdir "$tmp/bin" "$tmp/project"
cp "$buildhook" "$tmp/bin/buildhook"
export PATH="$tmp/bin:$PATH"
start_receiver "$tmp/received"
configure_git
cp -r "$(dirname "$0")/../../templates" "$tmp/project/templates"
cat >"$tmp/project/.gitlab-ci.yml" <<'YAML'
include:
  - local: templates/pipeline.yml
    inputs: { install: 'true' }
  - local: templates/job.yml
    inputs: { install: 'cp "$(command -v buildhook)" "$BUILDHOOK_FOLDER"' }
build:
  extends: .buildhook
  script:
    - test -z "$BREAK"
by-hand:
  before_script:
    - buildhook triggered
  script:
    - 'true'
  after_script:
    - buildhook finished
YAML
git init -q "$tmp/project"
git -C "$tmp/project" remote add origin git@gitlab.com:example/app.git
git -C "$tmp/project" add -A
git -C "$tmp/project" commit -qm 'A commit'
run_pipeline() { # NAME EXPECTED-STATUS VARIABLES…
  local name=$1 expected=$2 status=0
  shift 2
  (cd "$tmp/project" && "$gitlab_ci_local" --force-shell-executor --no-color --variable GITLAB_CI=true --variable "BUILDHOOK_URL=$url" \
    --variable "BUILDHOOK_STATE_DIR=$tmp/state" "$@") >"$tmp/$name.log" 2>&1 || status=$?
  [ "$status" = "$expected" ] || fail "$name pipeline: exit code $status, expected $expected" "$tmp/$name.log"
}
run_pipeline passing 0
run_pipeline failing 1 --variable BREAK=yes
tmp=$tmp python3 - <<'PYTHON' || fail 'the received events do not match the pipelines' "$tmp"/*.log
import json, os, pathlib

paths = sorted(pathlib.Path(os.environ["tmp"], "received").glob("*.json"), key=lambda path: int(path.stem))
events = [json.loads(json.loads(path.read_text())["body"]) for path in paths]
assert len(events) == 12, events
builds = {}
for event in events:
    builds.setdefault(event["build_slug"], []).append(event["build_status"])
# The jobs of a pipeline run at the same time. Each pipeline is three builds: the pipeline, the job and the job by hand.
for pipeline, status in ((events[:6], 1), (events[6:], 2)):
    slugs = {event["build_slug"] for event in pipeline}
    assert sorted(builds[slug] for slug in slugs) == sorted([[0, status], [0, status], [0, 1]]), (status, builds)
    assert pipeline[0]["build_slug"] == pipeline[-1]["build_slug"], "the pipeline's events are the first and the last"
PYTHON
echo 'gitlab: a passing and a failing pipeline sent the events of the pipeline and of its jobs'
