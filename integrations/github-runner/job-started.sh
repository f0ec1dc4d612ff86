#!/bin/sh
# ACTIONS_RUNNER_HOOK_JOB_STARTED of a self-hosted runner: announces every job that it takes. The address and the secret stand in a
# file that only the runner can read, BUILDHOOK_CONFIG.
export BUILDHOOK_CONFIG="${BUILDHOOK_CONFIG:-/etc/buildhook.toml}" BUILDHOOK_SCOPE=job
# A receiver that is down must not stop the jobs of an organisation.
buildhook triggered || true
