#!/usr/bin/env bash
# Sends every event as a CDEvent. CloudEvents' SDKs for Python and JavaScript read them, and Ajv validates them by CDEvents' schemas.
# CDEvents has no SDK for JavaScript, and the one for Python is not published.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${TOOLS_DIR:?set it to the folder where .ci/run installs the SDKs}")
require node python3

# send NAME TYPE ARGUMENT…: runs a command whose CDEvent is saved in the folder NAME.
declare -A types
folders=()
send() {
  local name=$1
  types[$name]=$2
  shift 2
  start_receiver "$tmp/$name"
  folders+=("$tmp/$name")
  gitlab_job BUILDHOOK_URL="$url" BUILDHOOK_FORMAT=cdevents BUILDHOOK_SCOPE=run CI_JOB_NAME="a job of $name" CI_PROJECT_URL=https://gitlab.example/example/app \
    CI_SERVER_URL=https://gitlab.example CI_PIPELINE_URL='https://gitlab.example/example/app/-/pipelines/900?ünïcode' \
    CI_PIPELINE_NAME='Bau & <Prüfung>' "$buildhook" "$@" >"$tmp/stdout" 2>"$tmp/stderr" || fail "$name failed" "$tmp/stderr"
}

printf 'apk' >"$tmp/Mön App (1).apk"
printf 'another apk' >"$tmp/b.apk"
published=dev.cdevents.artifact.published.0.3.0
send triggered dev.cdevents.pipelinerun.started.0.3.0 triggered
send finished dev.cdevents.pipelinerun.finished.0.3.0 finished --status aborted
send created dev.cdevents.artifact.packaged.0.3.0 created 'Mön App (1).apk' --version 1.2.3+4 --save a.json
send created-b dev.cdevents.artifact.packaged.0.3.0 created b.apk --save b.json
send moved $published moved --build a.json --stream a_b-c+d
send labeled $published labeled --build a.json --label 'geprüft & gut'
send release-of-one $published release created --build a.json --version 2.0.0
send release-of-two $published release updated --build b.json --build a.json --version 2.0.0

expected=$(for name in "${!types[@]}"; do printf '%s %s\n' "$name" "${types[$name]}"; done |
  python3 -c 'import json, sys; print(json.dumps(dict(line.split() for line in sys.stdin)))')
"$tools/python/bin/python" "$interop/cdevents.py" "$expected" "${folders[@]}" >"$tmp/log" 2>&1 || fail 'the SDK for Python reads something else' "$tmp/log"
NODE_PATH=$tools/node/node_modules node "$interop/cdevents.cjs" "$interop/../data/cdevents/schemas.json" "${folders[@]}" >"$tmp/log" 2>&1 ||
  fail 'the SDK for JavaScript reads something else' "$tmp/log"
echo "cdevents: ${#folders[@]} events are valid and read by CloudEvents' SDKs for Python and JavaScript"
