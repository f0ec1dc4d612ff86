#!/bin/sh
# Self-hosted runner hook (ACTIONS_RUNNER_HOOK_JOB_STARTED): sends build/triggered for each job. BUILDHOOK_CONFIG is a file with the
# URL and the secret that only the runner can read.
export BUILDHOOK_CONFIG="${BUILDHOOK_CONFIG:-/etc/buildhook.toml}"
# Ignore errors: jobs must run even if the receiver is down.
buildhook triggered || true
