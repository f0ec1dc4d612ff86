#!/usr/bin/env bash
# The shared library for Jenkins, run by Debian's groovy against stubs of the steps of a pipeline, for each result.
. "$(dirname "$0")/lib.sh"
needs groovy

folder=$(realpath "$(dirname "$0")/../../integrations/jenkins")
mkdir "$work/bin"
cat >"$work/bin/buildhook" <<'SH'
#!/bin/sh
for word; do printf '[%s]' "$word"; done
printf ' %s %s %s\n' "$BUILDHOOK_URL" "$BUILDHOOK_SECRET" "$BUILDHOOK_STREAM"
exit 3
SH
chmod +x "$work/bin/buildhook"
export PATH="$work/bin:$PATH"
with=' secret of url secret of secret nightlies'
expect() { # RESULT, then the lines
  local result=$1
  shift
  groovy "$folder/test/stub.groovy" "$folder/vars/buildhook.groovy" "$result" >"$work/out" 2>"$work/stderr" ||
    fail "groovy did not run $result" "$work/out" "$work/stderr"
  printf '%s\n' "$@" >"$work/expected"
  diff "$work/expected" "$work/out" >"$work/diff" || fail "$result does something else" "$work/diff" "$work/stderr"
}
expect SUCCESS "[triggered]$with" working "[created][--][it's *.bin]$with" "[finished][--status][SUCCESS]$with"
expect UNSTABLE "[triggered]$with" "[finished][--status][UNSTABLE]$with"
expect FAILURE "[triggered]$with" "[finished][--status][FAILURE]$with" 'thrown: IOException'
expect ABORTED "[triggered]$with" "[finished][--status][ABORTED]$with" 'thrown: FlowInterruptedException'
expect MISTAKE 'thrown: IllegalArgumentException'
echo 'jenkins: SUCCESS, UNSTABLE, FAILURE and ABORTED are reported, with credentials in the environment alone'
