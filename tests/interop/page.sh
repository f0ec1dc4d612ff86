#!/usr/bin/env bash
# Tests the page that `deliveries page` writes in Debian's Chromium, from 320 to 1600 pixels, in light and dark: no console errors,
# filters, rows that open by keyboard, no scrolling sideways, escaping of hostile strings, and all of it without scripts and styles
# under the content security policy of Jenkins. SCREENSHOTS=FOLDER saves screenshots.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${TOOLS_DIR:?set it to the folder where .ci/run installs playwright-core}")
require chromium node python3

hostile='</details></script><script>alert(1)</script><img src=x onerror=alert(2)> ##[error]'
mkdir -p "$tmp/screenshots"
start_receiver "$tmp/accepting"
endpoints=(BUILDHOOK_URL="$url" BUILDHOOK_NAME=qa-dashboard)
start_receiver "$tmp/rejecting" 422 "{\"error\": \"$hostile\", \"long\": \"$(printf 'x%.0s' {1..500})\"}"
endpoints+=(BUILDHOOK_URL_2="$url" BUILDHOOK_NAME_2=device-lab)
start_receiver "$tmp/redirecting" 301 'moved' 'https://other.example/elsewhere'
endpoints+=(BUILDHOOK_URL_3="$url" BUILDHOOK_NAME_3=chat BUILDHOOK_SECRET='a secret of the team'
  CI_PROJECT_URL=https://gitlab.com/example/app CI_COMMIT_MESSAGE="$hostile")
for command in triggered 'finished --status failed' triggered; do
  # shellcheck disable=SC2086 # command and arguments must split
  gitlab_job "${endpoints[@]}" "$buildhook" $command 2>"$tmp/stderr" || true
done
page=$(gitlab_job "${endpoints[@]}" "$buildhook" deliveries page 2>"$tmp/stderr") || fail 'deliveries page failed' "$tmp/stderr"
NODE_PATH=$tools/node/node_modules HOSTILE=$hostile node "$(dirname "$0")/page.cjs" "$page" "${SCREENSHOTS:-$tmp/screenshots}" \
  >"$tmp/log" 2>&1 || fail 'the page failed its checks' "$tmp/log"
echo 'page: no errors in Chromium, filters, rows open by keyboard, escapes hostile strings, fits 320 to 1600 pixels, and works under
  the content security policy of Jenkins'
