#!/usr/bin/env bash
# Runs buildhook under act (GitHub Actions; push and pull request) and gitlab-ci-local (GitLab CI; push), and compares the received
# events with the variables that the runners set.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${TOOLS_DIR:?set it to the folder where .ci/run installs act and gitlab-ci-local}")
act=$tools/python/bin/act
gitlab_ci_local=$tools/node/node_modules/.bin/gitlab-ci-local
require "$act" "$gitlab_ci_local" git node openssl python3 rsync

secret='runner "secret" $1'
mkdir "$tmp/bin"
cp "$buildhook" "$tmp/bin/buildhook"
export PATH="$tmp/bin:$PATH"
start_receiver "$tmp/received"

configure_git
make_repository() { # FOLDER
  git init -q "$1"
  git -C "$1" remote add origin https://github.com/example/app.git
  git -C "$1" add -A
  git -C "$1" commit -qm 'Add "quotes" & ünïcode'
}

# GitHub Actions. The first step saves its environment.
mkdir -p "$tmp/github/.github/workflows"
cat >"$tmp/github/.github/workflows/build.yml" <<'YAML'
name: Build app
on: [push, pull_request]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: env >"$SAVED_ENVIRONMENT"
      - run: buildhook triggered
      - if: always()
        run: buildhook finished --status ${{ job.status }}
YAML
make_repository "$tmp/github"
sha=$(git -C "$tmp/github" rev-parse HEAD)
head=$(printf 'a%.0s' $(seq 40))
cat >"$tmp/pull_request.json" <<JSON
{"number": 32, "pull_request": {"number": 32, "html_url": "https://github.com/example/app/pull/32",
  "head": {"sha": "$head", "ref": "feature/fast"}, "base": {"sha": "$sha", "ref": "main"}}}
JSON
run_act() { # NAME ARGUMENTS…
  local name=$1
  shift
  (cd "$tmp/github" && "$act" "$@" -P ubuntu-latest=-self-hosted --env "SAVED_ENVIRONMENT=$tmp/$name.env" --env "PATH=$PATH" \
    --env "BUILDHOOK_URL=$url" --secret "BUILDHOOK_SECRET=$secret" --env "BUILDHOOK_SECRET=$secret" \
    --env "BUILDHOOK_STATE_DIR=$tmp/state" --no-cache-server) >"$tmp/$name.log" 2>&1 || fail "act $name failed" "$tmp/$name.log"
}
run_act push push
run_act pull_request pull_request --eventpath "$tmp/pull_request.json"

# GitLab CI, without containers.
mkdir "$tmp/gitlab"
cat >"$tmp/gitlab/.gitlab-ci.yml" <<'YAML'
build:
  script:
    - env >"$SAVED_ENVIRONMENT"
    - buildhook triggered
  after_script:
    - buildhook finished --status success
YAML
make_repository "$tmp/gitlab"
git -C "$tmp/gitlab" remote set-url origin git@gitlab.com:example/group/app.git
(cd "$tmp/gitlab" && "$gitlab_ci_local" --force-shell-executor --no-color --variable GITLAB_CI=true --variable "SAVED_ENVIRONMENT=$tmp/gitlab.env" \
  --variable "BUILDHOOK_URL=$url" --variable "BUILDHOOK_SECRET=$secret" --variable "BUILDHOOK_STATE_DIR=$tmp/state" build) \
  >"$tmp/gitlab.log" 2>&1 || fail 'gitlab-ci-local failed' "$tmp/gitlab.log"

tmp=$tmp secret=$secret sha=$sha head=$head python3 - <<'PYTHON' || fail "the received events do not match the runners' variables" "$tmp"/*.log
import hashlib, hmac, json, os, pathlib

tmp, secret, sha, head = (os.environ[name] for name in ("tmp", "secret", "sha", "head"))

def saved_environment(name):
    lines = pathlib.Path(tmp, f"{name}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)

received = []
for number in range(6):
    request = json.loads(pathlib.Path(tmp, "received", f"{number}.json").read_text())
    expected = hmac.new(secret.encode(), request["body"].encode(), hashlib.sha256).hexdigest()
    assert request["headers"]["x-webhook-signature"] == expected, number
    received.append((request["headers"]["x-webhook-event"], json.loads(request["body"])))
assert not pathlib.Path(tmp, "received", "6.json").exists()

def check(pair, **expected):
    (first_event, start), (last_event, end) = pair
    assert (first_event, last_event) == ("build/triggered", "build/finished"), (first_event, last_event)
    assert (start["build_status"], end["build_status"]) == (0, 1)
    for body in (start, end):
        for key in ("build_slug", "app_slug", "triggered_at"):
            assert start[key] == end[key], key
        for path, value in expected.items():
            found = body
            for key in path.split("__"):
                found = found.get(key)
            assert found == value, (path, found, value)

push = saved_environment("push")
check(received[0:2], build_number=int(push["GITHUB_RUN_NUMBER"]), git__provider="github",
      git__src_branch=push["GITHUB_REF_NAME"], git__tag=None, git__dst_branch=None, git__pull_request_id=None,
      git__repository_url=f"{push['GITHUB_SERVER_URL']}/{push['GITHUB_REPOSITORY']}", commit_hash=push["GITHUB_SHA"],
      build_triggered_workflow=push["GITHUB_WORKFLOW"],
      build_url=f"{push['GITHUB_SERVER_URL']}/{push['GITHUB_REPOSITORY']}/actions/runs/{push['GITHUB_RUN_ID']}")
assert push["GITHUB_SHA"] == sha and push["GITHUB_REF"] == "refs/heads/main", push

pull_request = saved_environment("pull_request")
check(received[2:4], git__src_branch="feature/fast", git__dst_branch="main", git__pull_request_id=32,
      commit_hash=head, build_triggered_workflow=pull_request["GITHUB_WORKFLOW"])
assert pull_request["GITHUB_EVENT_NAME"] == "pull_request", pull_request

gitlab = saved_environment("gitlab")
check(received[4:6], build_number=int(gitlab["CI_PIPELINE_IID"]), git__provider="gitlab",
      git__src_branch=gitlab["CI_COMMIT_REF_NAME"], git__repository_url=gitlab["CI_PROJECT_URL"],
      commit_hash=gitlab["CI_COMMIT_SHA"], build_url=gitlab["CI_PIPELINE_URL"])
PYTHON

# Undelivered events on machines that are thrown away: the runners' logs have them, with prefixes, colors and timestamps.
strong=$("$buildhook" secret)
closed=http://127.0.0.1:$(free_port)/
undelivered=(BUILDHOOK_URL="$closed" BUILDHOOK_NAME=lab BUILDHOOK_SECRET="$strong" BUILDHOOK_RETRIES=0 BUILDHOOK_LOG_UNDELIVERED=true
  BUILDHOOK_FAIL_ON_ERROR=false)
act_variables=() gitlab_variables=()
for variable in "${undelivered[@]}"; do
  act_variables+=(--env "$variable")
  gitlab_variables+=(--variable "$variable")
done
(cd "$tmp/github" && "$act" push -P ubuntu-latest=-self-hosted --env SAVED_ENVIRONMENT=/dev/null --env "PATH=$PATH" \
  --env "BUILDHOOK_STATE_DIR=$tmp/lost" "${act_variables[@]}" --no-cache-server) >"$tmp/lost.log" 2>&1 || fail 'act failed' "$tmp/lost.log"
(cd "$tmp/gitlab" && "$gitlab_ci_local" --force-shell-executor --variable GITLAB_CI=true --variable SAVED_ENVIRONMENT=/dev/null \
  --variable "BUILDHOOK_STATE_DIR=$tmp/lost" "${gitlab_variables[@]}" build) >>"$tmp/lost.log" 2>&1 ||
  fail 'gitlab-ci-local failed' "$tmp/lost.log"
! grep -qF "$strong" "$tmp/lost.log" || fail 'the log has the secret'
rm -r "$tmp/lost"
redeliver() { # FILE [NAME=VALUE…]
  local file=$1
  shift
  env -i PATH="$PATH" HOME="$tmp" BUILDHOOK_URL="$url" BUILDHOOK_NAME=lab BUILDHOOK_SECRET="$strong" BUILDHOOK_STATE_DIR="$tmp/found" "$@" \
    "$buildhook" redeliver --from "$file"
}
redeliver "$tmp/lost.log" 2>"$tmp/redelivered" || fail 'the events of the log were not resent' "$tmp/redelivered" "$tmp/lost.log"
[ "$(grep -c '^✓ delivered .* to lab  ' "$tmp/redelivered")" = 4 ] || fail 'not four events were resent' "$tmp/redelivered" "$tmp/lost.log"
redeliver - <"$tmp/lost.log" 2>"$tmp/again" || fail 'the log was not read again' "$tmp/again"
grep -q 'nothing to resend' "$tmp/again" || fail 'events were resent twice' "$tmp/again"
redeliver "$tmp/lost.log" BUILDHOOK_SECRET="$("$buildhook" secret)" BUILDHOOK_STATE_DIR="$tmp/other" 2>"$tmp/other" || true
grep -q 'no configured secret opens: 4' "$tmp/other" || fail 'another secret opened the lines' "$tmp/other"

echo 'runners: push and pull request under act, push under gitlab-ci-local; events and signatures match; undelivered events
  resent from the logs'
