#!/usr/bin/env bash
# Tests the page that `deliveries page` writes in Debian's Chromium: no console errors, filters, details, and escaping of hostile
# strings. SCREENSHOTS=FOLDER saves screenshots: light, dark and phone.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${TOOLS_DIR:?set it to the folder where .ci/run installs playwright-core}")
require chromium node python3

hostile='</script><script>alert(1)</script><img src=x onerror=alert(2)> ##[error]'
mkdir "$tmp/screenshots"
start_receiver "$tmp/accepting"
endpoints=(BUILDHOOK_URL="$url" BUILDHOOK_NAME=qa-dashboard CI_COMMIT_REF_NAME="$hostile")
start_receiver "$tmp/rejecting" 422 "{\"error\": \"$hostile\"}"
endpoints+=(BUILDHOOK_URL_2="$url" BUILDHOOK_NAME_2=device-lab)
for command in triggered 'finished --status failed' triggered; do
  # shellcheck disable=SC2086 # command and arguments must split
  gitlab_job "${endpoints[@]}" "$buildhook" $command 2>"$tmp/stderr" || true
done
gitlab_job "${endpoints[@]}" "$buildhook" deliveries page --out "$tmp/page.html" 2>"$tmp/stderr" || fail 'deliveries page failed' "$tmp/stderr"
NODE_PATH=$tools/node/node_modules HOSTILE=$hostile node "$(dirname "$0")/page.cjs" "$tmp/page.html" "${SCREENSHOTS:-$tmp/screenshots}" \
  >"$tmp/log" 2>&1 || fail 'the page failed its checks' "$tmp/log"
echo 'page: loads in Chromium without errors, filters, shows details, copies the command, escapes hostile strings, fits a phone'
