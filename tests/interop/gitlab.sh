#!/usr/bin/env bash
# The components for GitLab under gitlab-ci-local: a pipeline that passes and one that fails, and a job's own form.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${RUNNERS_FOLDER:?the folder that .ci/run installs gitlab-ci-local into}")
gitlab=$tools/node/node_modules/.bin/gitlab-ci-local
needs "$gitlab" git node python3 rsync

mkdir "$work/bin" "$work/project"
cp "$buildhook" "$work/bin/buildhook"
export PATH="$work/bin:$PATH"
start_receiver "$work/received"
be_a_user
cp -r "$(dirname "$0")/../../templates" "$work/project/templates"
cat >"$work/project/.gitlab-ci.yml" <<'YAML'
include:
  - local: templates/pipeline.yml
    inputs: { install: 'true' }
  - local: templates/job.yml
    inputs: { install: 'true' }
build:
  extends: .buildhook
  script:
    - test -z "$BREAK"
YAML
git init -q "$work/project"
git -C "$work/project" remote add origin git@gitlab.com:example/app.git
git -C "$work/project" add -A
git -C "$work/project" commit -qm 'A commit'
pipeline() { # NAME EXPECTED-STATUS VARIABLES…
  local name=$1 expected=$2 status=0
  shift 2
  (cd "$work/project" && "$gitlab" --force-shell-executor --no-color --variable GITLAB_CI=true --variable "BUILDHOOK_URL=$url" \
    --variable "BUILDHOOK_STATE_DIR=$work/state" "$@") >"$work/$name.log" 2>&1 || status=$?
  [ "$status" = "$expected" ] || fail "the pipeline $name ended with $status, not $expected" "$work/$name.log"
}
pipeline passing 0
pipeline failing 1 --variable BREAK=yes
work=$work python3 - <<'PYTHON' || fail 'what arrived is not what the pipelines did' "$work"/*.log
import json, os, pathlib

paths = sorted(pathlib.Path(os.environ["work"], "received").glob("*.json"), key=lambda path: int(path.stem))
events = [json.loads(json.loads(path.read_text())["body"]) for path in paths]
assert len(events) == 8, events
for start, status in ((0, 1), (4, 2)):
    announced, job_announced, job_ended, ended = events[start:start + 4]
    assert [event["build_status"] for event in (announced, job_announced, job_ended, ended)] == [0, 0, status, status], (status, events)
    assert announced["build_slug"] == ended["build_slug"] != job_announced["build_slug"] == job_ended["build_slug"]
assert events[0]["build_slug"] != events[4]["build_slug"], "each pipeline is a build"
PYTHON
echo 'gitlab: a pipeline that passes and one that fails, each with the events of the pipeline and those of its job'
