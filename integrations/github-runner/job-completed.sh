#!/bin/sh
# Self-hosted runner hook (ACTIONS_RUNNER_HOOK_JOB_COMPLETED): sends build/finished. GitHub does not pass the job's result to this
# hook, so jobs must save it: `echo failed >"$RUNNER_TEMP/buildhook-status"`. Nothing is sent for jobs that do not.
export BUILDHOOK_CONFIG="${BUILDHOOK_CONFIG:-/etc/buildhook.toml}"
if [ -f "$RUNNER_TEMP/buildhook-status" ]; then
  buildhook finished --status "$(cat "$RUNNER_TEMP/buildhook-status")" || true
fi
