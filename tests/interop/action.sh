#!/usr/bin/env bash
# Runs the GitHub Action under act: push and pull request, passing, failing and cancelled jobs, a matrix, artifacts, a workflow
# with several jobs, shell steps, a fork without secrets, and a workspace that is emptied after the step.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${TOOLS_DIR:?set it to the folder where .ci/run installs act}")
act=$tools/python/bin/act
require "$act" git node python3

secret='action "secret" $1'
mkdir "$tmp/repository"
start_receiver "$tmp/attacker"
attacker=$url
start_receiver "$tmp/received"
# Copy only tracked files: the action must not pick up a program from target/.
(cd "$(dirname "$0")/../.." && git ls-files -z action action.yml | xargs -0 cp --parents -t "$tmp/repository")

# A release brings its program.
cp -r "$tmp/repository" "$tmp/release"
mkdir "$tmp/release/action/bin"
node - "$buildhook" "$tmp/release/action/bin" <<'JAVASCRIPT'
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { brotliCompressSync, constants } = require("node:zlib");
const [, , file, folder] = process.argv;
const program = fs.readFileSync(file);
const sha256 = createHash("sha256").update(program).digest("hex");
const programs = { [`${process.platform}-${process.arch}`]: { offset: 0, size: program.length, sha256 } };
fs.writeFileSync(`${folder}/programs.br`, brotliCompressSync(program, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }));
fs.writeFileSync(`${folder}/programs.json`, JSON.stringify({ programs }));
JAVASCRIPT

configure_git
mkdir -p "$tmp/project/.github/workflows"
cat >"$tmp/project/.github/workflows/build.yml" <<'YAML'
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
        letter: [a, b, c]
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
      - run: echo ${{ matrix.letter }}
YAML
cat >"$tmp/project/.github/workflows/pipeline.yml" <<'YAML'
name: Pipeline
on: workflow_dispatch
env:
  BUILDHOOK_SCOPE: run
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
# Shell steps report the build that the action reports. act has no ACTIONS_ORCHESTRATION_ID, so a matrix job has its id only after the
# action.
cat >"$tmp/project/.github/workflows/shell.yml" <<'YAML'
name: Shell
on: workflow_dispatch
env:
  BUILDHOOK_URL: ${{ secrets.WEBHOOK_URL }}
  BUILDHOOK_SECRET: ${{ secrets.WEBHOOK_SECRET }}
jobs:
  plain:
    runs-on: ubuntu-latest
    steps:
      - run: '"$PROGRAM" triggered --branch before'
      - uses: buildhook/buildhook@v2
        env: { BUILDHOOK_BRANCH: action }
      - run: buildhook triggered --branch after && dirname "$(command -v buildhook)"
  scope:
    needs: plain
    runs-on: ubuntu-latest
    env: { BUILDHOOK_SCOPE: run }
    steps:
      - uses: buildhook/buildhook@v2
        with: { event: triggered }
        env: { BUILDHOOK_BRANCH: run }
      - run: buildhook triggered --branch run
  matrix:
    needs: scope
    runs-on: ubuntu-latest
    strategy:
      matrix:
        letter: [a, b]
    steps:
      - uses: buildhook/buildhook@v2
        env: { BUILDHOOK_BRANCH: '${{ matrix.letter }}' }
      - run: buildhook triggered --branch ${{ matrix.letter }}
YAML
# One job for each kind of trouble. The steps after the action find the program in the PATH.
cat >"$tmp/project/.github/workflows/trouble.yml" <<'YAML'
name: Trouble
on: workflow_dispatch
jobs:
  missing:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
          artifacts: nothing/*.apk
  missing-fatal:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
          artifacts: nothing/*.apk
          fail-on-error: true
  odd:
    runs-on: ubuntu-latest
    steps:
      - run: printf 1 >./-one.bin && printf 2 >two.bin && printf 3 >debug.bin
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
          artifacts: |
            -one.bin
            *.bin
            !debug.bin
  url:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: https://hooks.example:abc/T0KEN
          secret: ${{ secrets.WEBHOOK_SECRET }}
          artifacts: nothing/*.apk
  url-fatal:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: hooks.example/T0KEN
          secret: ${{ secrets.WEBHOOK_SECRET }}
          fail-on-error: true
  unknown:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
          secrt: T0KEN
          stream: nightlies
  no-url:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          webhook-url: ${{ secrets.WEBHOOK_URL }}
  unsigned:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.NOT_SET }}
  without-secret:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        with:
          url: ${{ secrets.WEBHOOK_URL }}
  promote:
    runs-on: ubuntu-latest
    steps:
      - run: printf 1 >one.bin
      - id: created
        uses: buildhook/buildhook@v1
        env: { BUILDHOOK_SAVE: saved.json }
        with:
          event: created
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
          artifacts: one.bin
      - uses: buildhook/buildhook@v1
        env: { BUILDHOOK_BUILD: '${{ steps.created.outputs.build }}', BUILDHOOK_STREAM: betas }
        with:
          event: moved
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
      - run: test -s saved.json
      - uses: buildhook/buildhook@v1
        env: { BUILDHOOK_BUILD: '${{ steps.created.outputs.build-id }}', BUILDHOOK_LABELS: qa }
        with:
          event: labeled
          url: ${{ secrets.WEBHOOK_URL }}
          secret: ${{ secrets.WEBHOOK_SECRET }}
YAML
cat >"$tmp/project/.github/workflows/cancelled.yml" <<'YAML'
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
# The checkout and a step of the job try to have the last step's events and secrets sent elsewhere.
cat >"$tmp/project/.github/workflows/hostile.yml" <<'YAML'
name: Hostile
on: workflow_dispatch
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: buildhook/buildhook@v1
        env:
          LAB_SECRET: ${{ secrets.WEBHOOK_SECRET }}
          LAB_URL: ${{ secrets.WEBHOOK_URL }}
        with:
          config: |
            [[endpoint]]
            url = "${LAB_URL}"
            secret = "${LAB_SECRET}"
          artifacts: app.bin
      - run: |
          cat >>"$GITHUB_ENV" <<ENV
          BUILDHOOK_URL=$ATTACKER
          BUILDHOOK_URL_2=$ATTACKER
          BUILDHOOK_SECRET=known
          BUILDHOOK_TRUST_WORKSPACE=true
          BUILDHOOK_STATE_DIR=$PWD/state
          HTTP_PROXY=$ATTACKER
          http_proxy=$ATTACKER
          SSL_CERT_FILE=$PWD/evil.pem
          LAB_URL=$ATTACKER
          LAB_SECRET=known
          INPUT_URL=$ATTACKER
          INPUT_SECRET=known
          BUILDHOOK_VERSION=7.8.9
          ENV
          printf 'BUILDHOOK_CONFIG<<E\n[[endpoint]]\nurl = "%s"\nE\n' "$ATTACKER" >>"$GITHUB_ENV"
          printf x >app.bin
YAML
mkdir -p "$tmp/project/.github"
for file in .buildhook.toml .github/buildhook.toml; do
  printf '[[endpoint]]\nurl = "%s"\nsecret = "${LAB_SECRET}"\n' "$attacker" >"$tmp/project/$file"
done
git init -q "$tmp/project"
git -C "$tmp/project" remote add origin https://github.com/example/app.git
git -C "$tmp/project" add -A
git -C "$tmp/project" commit -qm 'A commit'
cat >"$tmp/pull_request.json" <<JSON
{"number": 32, "pull_request": {"number": 32, "head": {"sha": "$(printf 'a%.0s' $(seq 40))", "ref": "feature/fast"}, "base": {"ref": "main"}}}
JSON

options=(-P ubuntu-latest=-self-hosted --no-cache-server --local-repository "buildhook/buildhook@v1=$tmp/repository"
  --local-repository "buildhook/buildhook@v2=$tmp/release" --env "BUILDHOOK_BIN=$buildhook")
run_act() { # NAME EXPECTED-STATUS ARGUMENTS…
  local name=$1 expected=$2 status=0
  shift 2
  (cd "$tmp/project" && timeout 300 "$act" "$@" "${options[@]}") >"$tmp/$name.log" 2>&1 || status=$?
  [ "$status" = "$expected" ] || fail "act $name: exit code $status, expected $expected" "$tmp/$name.log"
  copy_new_requests "$name"
}
copied=0
copy_new_requests() { # NAME: copies the requests received since the last call to $tmp/NAME
  local name=$1 count number
  count=$(find "$tmp/received" -name '*.json' | wc -l)
  mkdir "$tmp/$name"
  for ((number = copied; number < count; number++)); do cp "$tmp/received/$number.json" "$tmp/$name"; done
  copied=$count
}
secrets=(--secret "WEBHOOK_URL=$url" --secret "WEBHOOK_SECRET=$secret")
run_act push 1 push -W .github/workflows/build.yml "${secrets[@]}"
run_act pull_request 0 pull_request -j good -W .github/workflows/build.yml --eventpath "$tmp/pull_request.json" "${secrets[@]}"
run_act pipeline 1 workflow_dispatch -W .github/workflows/pipeline.yml "${secrets[@]}"
# Interrupt the runner as soon as build/triggered arrives.
(cd "$tmp/project" && exec "$act" workflow_dispatch -W .github/workflows/cancelled.yml "${secrets[@]}" "${options[@]}") \
  >"$tmp/cancelled.log" 2>&1 &
act_pid=$!
for _ in $(seq 400); do [ -f "$tmp/received/$copied.json" ] && break || sleep 0.05; done
sleep 0.5
kill -INT "$act_pid"
wait "$act_pid" && fail 'act exited 0 for a cancelled job' "$tmp/cancelled.log"
copy_new_requests cancelled
run_act shell 0 workflow_dispatch -W .github/workflows/shell.yml "${secrets[@]}" --env "PROGRAM=$buildhook"
run_act hostile 0 workflow_dispatch -W .github/workflows/hostile.yml "${secrets[@]}" --env "ATTACKER=$attacker"
for job in missing odd url unknown no-url unsigned without-secret promote; do
  run_act "trouble-$job" 0 workflow_dispatch -j "$job" -W .github/workflows/trouble.yml "${secrets[@]}"
done
for job in missing-fatal url-fatal; do
  run_act "trouble-$job" 1 workflow_dispatch -j "$job" -W .github/workflows/trouble.yml "${secrets[@]}"
done
run_act fork 0 pull_request -j good -W .github/workflows/build.yml --eventpath "$tmp/pull_request.json"

tmp=$tmp secret=$secret python3 - <<'PYTHON' || fail 'the received events do not match the jobs' "$tmp"/*.log
import collections, hashlib, hmac, json, os, pathlib, re

tmp, secret = pathlib.Path(os.environ["tmp"]), os.environ["secret"]

def annotations(name):
    """The annotations in a log of act, which shows them with a symbol in front."""
    found = re.findall(r"::(error|warning|notice) title=buildhook::(.*)", (tmp / f"{name}.log").read_text())
    return [f"{kind}: {text}" for kind, text in found]

def received(name, is_signed=True):
    events = []
    for path in sorted((tmp / name).iterdir(), key=lambda path: int(path.stem)):
        request = json.loads(path.read_text())
        expected = hmac.new(secret.encode(), request["body"].encode(), hashlib.sha256).hexdigest()
        assert request["headers"].get("x-webhook-signature") == (expected if is_signed else None), path
        events.append((request["headers"]["x-webhook-event"], json.loads(request["body"])))
    return events

push = received("push")
builds = collections.defaultdict(list)
for event, body in push:
    if event.startswith("build/"):
        builds[body["build_slug"]].append((event, body["build_status"]))
final_statuses = sorted(build[1][1] for build in builds.values())
assert all([event for event, _ in build] == ["build/triggered", "build/finished"] for build in builds.values()), builds
assert final_statuses == [1, 1, 1, 1, 2], f"a passing job, three matrix jobs, a failing job: {final_statuses}"
files = sorted(body["data"]["build"]["primary_file"]["filename"] for event, body in push if event == "build.created")
assert files == ["one.bin", "two.bin"], files
assert all(body["git"]["src_branch"] == "main" for event, body in push if event.startswith("build/"))

finished = [body for event, body in received("pull_request") if event == "build/finished"]
assert [(body["git"]["pull_request_id"], body["git"]["src_branch"], body["git"]["dst_branch"]) for body in finished] == [(32, "feature/fast", "main")]

(first_event, start), (last_event, end) = received("pipeline")
assert (first_event, last_event) == ("build/triggered", "build/finished")
assert start["build_slug"] == end["build_slug"], "a workflow is one build"
assert end["build_status"] == 2, end
log = (tmp / "pipeline.log").read_text()
assert re.search(r"delivered 1 of event [0-9a-f-]{36}", log), log

(first_event, start), (last_event, end) = received("cancelled")
assert (first_event, last_event, end["build_status"]) == ("build/triggered", "build/finished", 3), end
assert start["build_slug"] == end["build_slug"]

slugs = collections.defaultdict(list)
for event, body in received("shell"):
    slugs[body["git"]["src_branch"]].append(body["build_slug"])
counts = {branch: len(found) for branch, found in slugs.items()}
assert counts == {"before": 1, "action": 2, "after": 1, "run": 2, "a": 3, "b": 3}, counts
builds = [set(slugs["before"] + slugs["action"] + slugs["after"]), set(slugs["run"]), set(slugs["a"]), set(slugs["b"])]
assert all(len(build) == 1 for build in builds) and len(set.union(*builds)) == 4, builds
log = (tmp / "shell.log").read_text()
assert "ignoring changes" not in log, "the action's own variables are no change"
assert re.search(r"\| .*/action/bin/[a-z0-9]+-[a-z0-9]+$", log, flags=re.M), "the program in the PATH is not the bundled one"

events = received("hostile")
assert [event for event, _ in events] == ["build/triggered", "build.created", "build/finished"], events
assert "7.8.9" in json.dumps(events[1][1]["data"]["build"]), "the step exported the version"
assert list((tmp / "attacker").glob("*.json")) == [], "the attacker got an event"
log = (tmp / "hostile.log").read_text()
assert "ignoring changes that steps of this job made to" in log and "LAB_SECRET" in log, log
assert "buildhook.toml is not read" not in log, "a configuration is given"

assert received("fork") == []
log = (tmp / "fork.log").read_text()
assert annotations("fork") == ["notice: input url is empty; this endpoint is disabled (pull requests from forks have no secrets)"]

def trouble(job, *expected, events=()):
    assert annotations(f"trouble-{job}") == list(expected), (job, annotations(f"trouble-{job}"))
    found = received(f"trouble-{job}", is_signed=job not in ("unsigned", "without-secret"))
    assert sorted(event for event, _ in found) == sorted(events), (job, found)
    assert all(body["build_status"] == 1 for event, body in found if event == "build/finished"), found
    assert "T0KEN" not in (tmp / f"trouble-{job}.log").read_text(), job
    return found

both = ["build/triggered", "build/finished"]
trouble("missing", "warning: no file matches nothing/*.apk", events=both)
trouble("missing-fatal", "error: no file matches nothing/*.apk", events=both)
odd = trouble("odd", events=[*both, "build.created", "build.created"])
assert sorted(body["data"]["build"]["primary_file"]["filename"] for event, body in odd if event == "build.created") == ["-one.bin", "two.bin"]
port = "error: input url: expected a URL whose port is a number from 1 to 65535"
trouble("url", port)
scheme = "error: input url: expected a URL that starts with https:// or http://"
trouble("url-fatal", scheme)
trouble(
    "unknown", "warning: input secrt is unknown; did you mean secret?",
    "warning: input stream is not an input of this action; set BUILDHOOK_STREAM in env", events=both,
)
trouble(
    "no-url", "warning: input webhook-url is unknown; did you mean url?",
    "notice: input url is empty; this endpoint is disabled (pull requests from forks have no secrets)",
)
unsigned = "warning: input secret is empty: events are sent unsigned"
trouble("unsigned", unsigned, events=both)
trouble("without-secret", events=both)
trouble("promote", events=["build.created", "build.moved", "build.label.added"])
PYTHON
echo 'action: passed under act: push, pull request, failing and cancelled jobs, matrix, artifacts, needs, shell steps, fork, emptied workspace,
  hostile checkout and step, trouble of each kind'
