#!/usr/bin/env bash
# Real runners call buildhook: act (GitHub Actions) on a push and on a pull request, gitlab-ci-local (GitLab CI) on a push.
# What arrives is compared with the variables that the runner set. RUNNERS_FOLDER names the folder with both.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${RUNNERS_FOLDER:?the folder that .ci/run installs act and gitlab-ci-local into}")
act=$tools/python/bin/act
gitlab=$tools/node/node_modules/.bin/gitlab-ci-local
needs "$act" "$gitlab" git node openssl python3 rsync

secret='runner "secret" $1'
mkdir "$work/bin"
cp "$buildhook" "$work/bin/buildhook"
export PATH="$work/bin:$PATH"
start_receiver "$work/received"

be_a_user
repository() { # FOLDER
  git init -q "$1"
  git -C "$1" remote add origin https://github.com/example/app.git
  git -C "$1" add -A
  git -C "$1" commit -qm 'Say "quotes" & ünïcode'
}

# GitHub Actions. The steps print the variables that they have.
mkdir -p "$work/github/.github/workflows"
cat >"$work/github/.github/workflows/build.yml" <<'YAML'
name: Build app
on: [push, pull_request]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: env >"$PRINTED"
      - run: buildhook triggered
      - if: always()
        run: buildhook finished --status ${{ job.status }}
YAML
repository "$work/github"
sha=$(git -C "$work/github" rev-parse HEAD)
head=$(printf 'a%.0s' $(seq 40))
cat >"$work/pull_request.json" <<JSON
{"number": 32, "pull_request": {"number": 32, "html_url": "https://github.com/example/app/pull/32",
  "head": {"sha": "$head", "ref": "feature/fast"}, "base": {"sha": "$sha", "ref": "main"}}}
JSON
run_act() { # NAME ARGUMENTS…
  local name=$1
  shift
  (cd "$work/github" && "$act" "$@" -P ubuntu-latest=-self-hosted --env "PRINTED=$work/$name.env" --env "PATH=$PATH" \
    --env "BUILDHOOK_URL=$url" --secret "BUILDHOOK_SECRET=$secret" --env "BUILDHOOK_SECRET=$secret" \
    --env "BUILDHOOK_STATE_DIR=$work/state" --no-cache-server) >"$work/$name.log" 2>&1 || fail "act did not run $name" "$work/$name.log"
}
run_act push push
run_act pull_request pull_request --eventpath "$work/pull_request.json"

# GitLab CI, in the shell of this machine.
mkdir "$work/gitlab"
cat >"$work/gitlab/.gitlab-ci.yml" <<'YAML'
build:
  script:
    - env >"$PRINTED"
    - buildhook triggered
  after_script:
    - buildhook finished --status success
YAML
repository "$work/gitlab"
git -C "$work/gitlab" remote set-url origin git@gitlab.com:example/group/app.git
(cd "$work/gitlab" && "$gitlab" --force-shell-executor --no-color --variable GITLAB_CI=true --variable "PRINTED=$work/gitlab.env" \
  --variable "BUILDHOOK_URL=$url" --variable "BUILDHOOK_SECRET=$secret" --variable "BUILDHOOK_STATE_DIR=$work/state" build) \
  >"$work/gitlab.log" 2>&1 || fail 'gitlab-ci-local did not run' "$work/gitlab.log"

work=$work secret=$secret sha=$sha head=$head python3 - <<'PYTHON' || fail 'what arrived is not what the runners said' "$work"/*.log
import hashlib, hmac, json, os, pathlib

work, secret, sha, head = (os.environ[name] for name in ("work", "secret", "sha", "head"))

def printed(name):
    lines = pathlib.Path(work, f"{name}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)

received = []
for number in range(6):
    request = json.loads(pathlib.Path(work, "received", f"{number}.json").read_text())
    expected = hmac.new(secret.encode(), request["body"].encode(), hashlib.sha256).hexdigest()
    assert request["headers"]["x-webhook-signature"] == expected, number
    received.append((request["headers"]["x-webhook-event"], json.loads(request["body"])))
assert not pathlib.Path(work, "received", "6.json").exists()

def check(pair, environment, **expected):
    (first, start), (last, end) = pair
    assert (first, last) == ("build/triggered", "build/finished"), (first, last)
    assert (start["build_status"], end["build_status"]) == (0, 1)
    for body in (start, end):
        for key in ("build_slug", "app_slug", "triggered_at"):
            assert start[key] == end[key], key
        for path, value in expected.items():
            found = body
            for key in path.split("__"):
                found = found.get(key)
            assert found == value, (path, found, value)

push = printed("push")
check(received[0:2], push, build_number=int(push["GITHUB_RUN_NUMBER"]), git__provider="github",
      git__src_branch=push["GITHUB_REF_NAME"], git__tag=None, git__dst_branch=None, git__pull_request_id=None,
      git__repository_url=f"{push['GITHUB_SERVER_URL']}/{push['GITHUB_REPOSITORY']}", commit_hash=push["GITHUB_SHA"],
      build_triggered_workflow=push["GITHUB_WORKFLOW"],
      build_url=f"{push['GITHUB_SERVER_URL']}/{push['GITHUB_REPOSITORY']}/actions/runs/{push['GITHUB_RUN_ID']}")
assert push["GITHUB_SHA"] == sha and push["GITHUB_REF"] == "refs/heads/main", push

request = printed("pull_request")
check(received[2:4], request, git__src_branch="feature/fast", git__dst_branch="main", git__pull_request_id=32,
      commit_hash=head, build_triggered_workflow=request["GITHUB_WORKFLOW"])
assert request["GITHUB_EVENT_NAME"] == "pull_request", request

gitlab = printed("gitlab")
check(received[4:6], gitlab, build_number=int(gitlab["CI_PIPELINE_IID"]), git__provider="gitlab",
      git__src_branch=gitlab["CI_COMMIT_REF_NAME"], git__repository_url=gitlab["CI_PROJECT_URL"],
      commit_hash=gitlab["CI_COMMIT_SHA"], build_url=gitlab["CI_PIPELINE_URL"])
PYTHON
echo 'runners: a push and a pull request by act, a push by gitlab-ci-local; the events are what the runners say, signatures too'
