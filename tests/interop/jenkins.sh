#!/usr/bin/env bash
# Runs the Jenkins shared library with Debian's groovy and stubbed pipeline steps, once for each build result.
. "$(dirname "$0")/lib.sh"
require groovy

folder=$(realpath "$(dirname "$0")/../../integrations/jenkins")
mkdir "$tmp/bin"
cat >"$tmp/bin/buildhook" <<'SH'
#!/bin/sh
for argument; do printf '[%s]' "$argument"; done
printf ' %s %s %s\n' "$BUILDHOOK_URL" "$BUILDHOOK_SECRET" "$BUILDHOOK_STREAM"
exit 3
SH
chmod +x "$tmp/bin/buildhook"
export PATH="$tmp/bin:$PATH"
environment=' secret of url secret of secret nightlies'
expect() { # RESULT LINE…
  local result=$1
  shift
  groovy "$folder/test/stub.groovy" "$folder/vars/buildhook.groovy" "$result" >"$tmp/out" 2>"$tmp/stderr" ||
    fail "groovy failed for $result" "$tmp/out" "$tmp/stderr"
  printf '%s\n' "$@" >"$tmp/expected"
  diff "$tmp/expected" "$tmp/out" >"$tmp/diff" || fail "$result: the output differs" "$tmp/diff" "$tmp/stderr"
}
expect SUCCESS "[triggered]$environment" working "[created][--][it's *.bin]$environment" "[finished][--status][SUCCESS]$environment"
expect UNSTABLE "[triggered]$environment" "[finished][--status][UNSTABLE]$environment"
expect FAILURE "[triggered]$environment" "[finished][--status][FAILURE]$environment" 'thrown: IOException'
expect ABORTED "[triggered]$environment" "[finished][--status][ABORTED]$environment" 'thrown: FlowInterruptedException'
expect UNKNOWN_OPTION 'thrown: IllegalArgumentException'
echo 'jenkins: SUCCESS, UNSTABLE, FAILURE and ABORTED reported; credentials passed in the environment only'
