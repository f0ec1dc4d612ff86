#!/usr/bin/env bash
# The page of deliveries in Debian's Chromium: it loads without an error, filters, unfolds, and shows hostile texts as texts.
# With SCREENSHOTS=FOLDER it leaves pictures there, light, dark and of a phone.
. "$(dirname "$0")/lib.sh"
tools=$(realpath "${RUNNERS_FOLDER:?the folder that .ci/run installs playwright-core into}")
needs chromium node python3

hostile='</script><script>alert(1)</script><img src=x onerror=alert(2)> ##[error]'
mkdir "$work/shots"
start_receiver "$work/good"
endpoints=(BUILDHOOK_URL="$url" BUILDHOOK_NAME=qa-dashboard CI_COMMIT_REF_NAME="$hostile")
start_receiver "$work/bad" 422 "{\"error\": \"$hostile\"}"
endpoints+=(BUILDHOOK_URL_2="$url" BUILDHOOK_NAME_2=device-lab)
for command in triggered 'finished --status failed' triggered; do
  # shellcheck disable=SC2086 # a command and its arguments
  in_job "${endpoints[@]}" "$buildhook" $command 2>"$work/stderr" || true
done
in_job "${endpoints[@]}" "$buildhook" deliveries page --out "$work/page.html" 2>"$work/stderr" || fail 'no page was written' "$work/stderr"
NODE_PATH=$tools/node/node_modules HOSTILE=$hostile node "$(dirname "$0")/page.cjs" "$work/page.html" "${SCREENSHOTS:-$work/shots}" \
  >"$work/log" 2>&1 || fail 'the page does not do what it should' "$work/log"
echo 'page: loads in Chromium without an error, filters, unfolds, copies the command, shows hostile texts as texts, fits a phone'
