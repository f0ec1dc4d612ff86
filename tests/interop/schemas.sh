#!/usr/bin/env bash
# Sends every event from jobs of several kinds. Ajv validates the schemas in docs/schemas, and by them the payloads, the snapshots, and the
# examples of Bitrise and Buildstash.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${TOOLS_DIR:?set it to the folder where .ci/run installs Ajv}")
require node python3

# send [NAME=VALUE…] ARGUMENT…: runs a command in the job's environment.
send() {
  local settings=()
  while [[ $1 == *=* ]]; do
    settings+=("$1")
    shift
  done
  "${job[@]}" BUILDHOOK_URL="$url" "${settings[@]}" "$buildhook" "$@" >"$tmp/stdout" 2>"$tmp/stderr" || fail "$* failed in $name" "$tmp/stderr"
}

# send_all NAME JOB…: sends every event from a job to a receiver with the folder NAME.
folders=()
send_all() {
  name=$1
  shift
  job=("$@")
  start_receiver "$tmp/$name"
  folders+=("$tmp/$name")
  send triggered
  send finished --status success
  send finished --status failed --needs '{"linux": {"result": "success"}, "windows": {"result": "failure"}, "deploy": {"result": "skipped"}}'
  send finished --status aborted-with-success
  send created app.unknown --save "$name.json"
  send created app.jar --stream beta --labels a,b --notes Notes --metadata build.log --download-url https://downloads.example.com/äpp.jar
  send created app.apk --expansion main.1.app.obb --version 1.2.3-rc.1+4
  send created app.ipa details.apk
  send BUILDHOOK_ONLY_STREAM=beta created app.jar --stream beta
  send moved --build "$name.json" --stream beta
  send BUILDHOOK_ONLY_STREAM=beta moved --build "$name.json" --stream beta
  send labeled --build "$name.json" --label 'geprüft & gut'
  send release created --build "$name.json" --version 1.0.0 --title Title --notes Notes --label public
  send release updated --version 1.0.0-rc.1+4
  send doctor --ping
}

no_ci() { # [NAME=VALUE…] COMMAND…
  (cd "$tmp" && env -i PATH="$PATH" HOME="$tmp" BUILDHOOK_STATE_DIR="$tmp/state-without-ci" BUILDHOOK_RETRIES=0 "$@")
}

printf 'unknown' >"$tmp/app.unknown"
printf 'apk' >"$tmp/app.apk"
printf 'obb' >"$tmp/main.1.app.obb"
printf 'log' >"$tmp/build.log"
python3 - "$tmp" "$interop/../data" <<'PYTHON'
import pathlib, sys, zipfile
folder, data = map(pathlib.Path, sys.argv[1:])
for name, entry, content in [
    ("app.jar", "META-INF/MANIFEST.MF", b"Bundle-Version: 1.2.3.4\n"),
    ("app.ipa", "Payload/App.app/Info.plist", (data / "ios/Info.xml").read_bytes()),
    ("details.apk", "AndroidManifest.xml", (data / "android/manifest.bin").read_bytes()),
]:
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr(entry, content)
PYTHON

gitlab=(gitlab_job CI_SERVER_URL=https://gitlab.example CI_PROJECT_URL=https://gitlab.example/example/äpp CI_JOB_NAME=build CI_JOB_ID=77
  CI_JOB_URL=https://gitlab.example/example/app/-/jobs/77 CI_PIPELINE_URL=https://gitlab.example/example/app/-/pipelines/900
  CI_PIPELINE_NAME='Bau & <Prüfung>' CI_PIPELINE_CREATED_AT=2025-11-17T19:05:30Z CI_JOB_STARTED_AT=2025-11-17T19:06:00Z)
send_all push "${gitlab[@]}" CI_PIPELINE_SOURCE=push GITLAB_USER_LOGIN=octo-user CI_COMMIT_BRANCH=main CI_COMMIT_MESSAGE='Make it faster'
send_all pull-request "${gitlab[@]}" CI_PIPELINE_SOURCE=merge_request_event CI_MERGE_REQUEST_IID=32 \
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=feature CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main
send_all tag "${gitlab[@]}" CI_PIPELINE_SOURCE=push CI_COMMIT_TAG=v1.0.0
send_all matrix "${gitlab[@]}" CI_NODE_INDEX=2 CI_NODE_TOTAL=3 BUILDHOOK_MATRIX='{"os": "linux", "versions": [1, null], "debug": true}' \
  BUILDHOOK_FIELDS='{"team": "mobile", "count": 7, "share": 0.5, "is_release": true}'
send_all strict "${gitlab[@]}" BUILDHOOK_STRICT=true
send_all cdevents "${gitlab[@]}" BUILDHOOK_FORMAT=cdevents
send_all ids no_ci BUILDHOOK_APP_SLUG=my-app BUILDHOOK_BUILD_SLUG='Build 7' BUILDHOOK_BUILD_ID=build-7 BUILDHOOK_WORKSPACE_ID=Ünternehmen
send_all nothing-known no_ci

NODE_PATH=$tools/node/node_modules node "$interop/schemas.cjs" "$interop/../.." "${folders[@]}" >"$tmp/log" 2>&1 ||
  fail 'Ajv refuses a schema or a payload, or accepts a changed one' "$tmp/log"
cat "$tmp/log"
