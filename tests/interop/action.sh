#!/usr/bin/env bash
# The GitHub Action under a real runner, act: pushes and pull requests, jobs that succeed and fail, a matrix, artifacts, a
# pipeline of several jobs, a fork without secrets, a workspace that is cleaned after the step.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${RUNNERS_FOLDER:?the folder that .ci/run installs act into}")
act=$tools/python/bin/act
needs "$act" git node python3

secret='action "secret" $1'
mkdir "$work/repository"
start_receiver "$work/received"
# The action as it is checked out, without what was built there.
(cd "$(dirname "$0")/../.." && git ls-files -z action action.yml | xargs -0 cp --parents -t "$work/repository")

be_a_user
mkdir -p "$work/project/.github/workflows"
cat >"$work/project/.github/workflows/build.yml" <<'YAML'
name: Build app
on: [push, pull_request]
jobs:
  good:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
          artifacts: |
            out/*.bin
      - run: find . -mindepth 1 -delete
      - run: mkdir out && printf one >out/one.bin && printf two >out/two.bin
  bad:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
          artifacts: '*.bin'
      - run: exit 1
  matrix:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        leg: [a, b, c]
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
      - run: echo ${{ matrix.leg }}
YAML
cat >"$work/project/.github/workflows/pipeline.yml" <<'YAML'
name: Pipeline
on: workflow_dispatch
jobs:
  first:
    runs-on: ubuntu-latest
    steps:
      - id: hook
        uses: buildhook/buildhook@v1
        with:
          event: triggered
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
      - run: echo "delivered ${{ steps.hook.outputs.delivered }} of event ${{ steps.hook.outputs.event-id }}"
  good:
    needs: first
    runs-on: ubuntu-latest
    steps:
      - run: echo good
  bad:
    needs: first
    runs-on: ubuntu-latest
    steps:
      - run: exit 1
  last:
    if: always()
    needs: [first, good, bad]
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          event: finished
          needs: ${{ toJSON(needs) }}
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
YAML
cat >"$work/project/.github/workflows/cancelled.yml" <<'YAML'
name: Cancelled
on: workflow_dispatch
jobs:
  slow:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
      - run: sleep 300
YAML
git init -q "$work/project"
git -C "$work/project" remote add origin https://github.com/example/app.git
git -C "$work/project" add -A
git -C "$work/project" commit -qm 'A commit'
cat >"$work/pull_request.json" <<JSON
{"number": 32, "pull_request": {"number": 32, "head": {"sha": "$(printf 'a%.0s' $(seq 40))", "ref": "feature/fast"}, "base": {"ref": "main"}}}
JSON

options=(-P ubuntu-latest=-self-hosted --no-cache-server --local-repository "buildhook/buildhook@v1=$work/repository"
  --env "BUILDHOOK_BIN=$buildhook")
run_act() { # NAME EXPECTED-STATUS ARGUMENTS…
  local name=$1 expected=$2 status=0
  shift 2
  (cd "$work/project" && timeout 300 "$act" "$@" "${options[@]}") >"$work/$name.log" 2>&1 || status=$?
  [ "$status" = "$expected" ] || fail "act ended $name with $status, not $expected" "$work/$name.log"
  keep "$name"
}
keep() { # NAME: what has arrived since the last time
  local name=$1 count
  count=$(find "$work/received" -name '*.json' | wc -l)
  mkdir "$work/$name"
  for ((number = taken; number < count; number++)); do cp "$work/received/$number.json" "$work/$name"; done
  taken=$count
}
taken=0
secrets=(--secret "WEBHOOK_URL=$url" --secret "WEBHOOK_SECRET=$secret")
run_act push 1 push -W .github/workflows/build.yml "${secrets[@]}"
run_act pull_request 0 pull_request -j good -W .github/workflows/build.yml --eventpath "$work/pull_request.json" "${secrets[@]}"
run_act pipeline 1 workflow_dispatch -W .github/workflows/pipeline.yml "${secrets[@]}"
# Cancelled: the runner is interrupted once the job has begun.
(cd "$work/project" && exec "$act" workflow_dispatch -W .github/workflows/cancelled.yml "${secrets[@]}" "${options[@]}") \
  >"$work/cancelled.log" 2>&1 &
runner=$!
for _ in $(seq 400); do [ -f "$work/received/$taken.json" ] && break || sleep 0.05; done
sleep 0.5
kill -INT "$runner"
wait "$runner" && fail 'a cancelled job succeeded' "$work/cancelled.log"
keep cancelled
run_act fork 0 pull_request -j good -W .github/workflows/build.yml --eventpath "$work/pull_request.json"

work=$work secret=$secret python3 - <<'PYTHON' || fail 'what arrived is not what the jobs did' "$work"/*.log
import collections, hashlib, hmac, json, os, pathlib, re

work, secret = pathlib.Path(os.environ["work"]), os.environ["secret"]

def received(name):
    events = []
    for path in sorted((work / name).iterdir(), key=lambda path: int(path.stem)):
        request = json.loads(path.read_text())
        expected = hmac.new(secret.encode(), request["body"].encode(), hashlib.sha256).hexdigest()
        assert request["headers"]["x-webhook-signature"] == expected, path
        events.append((request["headers"]["x-webhook-event"], json.loads(request["body"])))
    return events

push = received("push")
builds = collections.defaultdict(list)
for event, body in push:
    if event.startswith("build/"):
        builds[body["build_slug"]].append((event, body["build_status"]))
ends = sorted(build[1][1] for build in builds.values())
assert all([event for event, _ in build] == ["build/triggered", "build/finished"] for build in builds.values()), builds
assert ends == [1, 1, 1, 1, 2], f"a good job, three legs, a bad job: {ends}"
files = sorted(body["data"]["build"]["primary_file"]["filename"] for event, body in push if event == "build.created")
assert files == ["one.bin", "two.bin"], files
assert all(body["git"]["src_branch"] == "main" for event, body in push if event.startswith("build/"))

request = [body for event, body in received("pull_request") if event == "build/finished"]
assert [(body["git"]["pull_request_id"], body["git"]["src_branch"], body["git"]["dst_branch"]) for body in request] == [(32, "feature/fast", "main")]

(first, start), (last, end) = received("pipeline")
assert (first, last) == ("build/triggered", "build/finished")
assert start["build_slug"] == end["build_slug"], "one build for the whole pipeline"
assert end["build_status"] == 2, end
log = (work / "pipeline.log").read_text()
assert re.search(r"delivered 1 of event [0-9a-f-]{36}", log), log

(first, start), (last, end) = received("cancelled")
assert (first, last, end["build_status"]) == ("build/triggered", "build/finished", 3), end
assert start["build_slug"] == end["build_slug"]

assert received("fork") == []
log = (work / "fork.log").read_text()
assert "no URL configured (pull requests from forks have no secrets)" in log, log
PYTHON
echo 'action: push, pull request, failing and cancelled job, matrix, artifacts, several jobs with needs, fork and a cleaned workspace under act'
