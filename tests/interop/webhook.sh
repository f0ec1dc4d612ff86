#!/usr/bin/env bash
# Delivers to adnanh/webhook (Debian's package), which runs its hook only if it can verify the signature.
. "$(dirname "$0")/lib.sh"
require webhook python3

secret='a secret with "quotes" and $dollars'
cat >"$tmp/hook.sh" <<'HOOK'
#!/bin/sh
printf '%s %s %s\n' "$1" "$2" "$3" >>"$HOOK_LOG"
HOOK
chmod +x "$tmp/hook.sh"
SECRET=$secret HOOK="$tmp/hook.sh" python3 - >"$tmp/hooks.json" <<'PYTHON'
import json, os
argument = lambda source, name: {"source": source, "name": name}
print(json.dumps([{
    "id": "build",
    "execute-command": os.environ["HOOK"],
    "include-command-output-in-response": True,
    "trigger-rule-mismatch-http-response-code": 403,
    "pass-arguments-to-command": [
        argument("header", "X-Webhook-Event"), argument("payload", "build_number"), argument("payload", "git.src_branch"),
    ],
    "trigger-rule": {"match": {
        "type": "payload-hmac-sha256",
        "secret": os.environ["SECRET"],
        "parameter": {"source": "header", "name": "X-Webhook-Signature"},
    }},
}]))
PYTHON

port=$(free_port)
HOOK_LOG=$tmp/hook.log webhook -hooks "$tmp/hooks.json" -ip 127.0.0.1 -port "$port" -verbose >"$tmp/webhook.log" 2>&1 &
server_pids+=($!)
wait_for_port "$port"
url=http://127.0.0.1:$port/hooks/build

gitlab_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET="$secret" "$buildhook" triggered 2>"$tmp/stderr" ||
  fail 'the event was not delivered' "$tmp/stderr" "$tmp/webhook.log"
gitlab_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET="$secret" "$buildhook" finished --status success 2>"$tmp/stderr" ||
  fail 'the event was not delivered' "$tmp/stderr" "$tmp/webhook.log"
printf '%s\n' 'build/triggered 42 feature/"quotes"&ünïcode' 'build/finished 42 feature/"quotes"&ünïcode' >"$tmp/expected"
diff "$tmp/expected" "$tmp/hook.log" >&2 || fail 'the hook ran with unexpected values' "$tmp/webhook.log"

status=0
gitlab_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET='another secret' "$buildhook" triggered 2>"$tmp/stderr" || status=$?
[ "$status" = 3 ] || fail "wrong secret: exit code $status, expected 3" "$tmp/stderr" "$tmp/webhook.log"
grep -q 'invalid payload signature' "$tmp/webhook.log" || fail 'webhook does not log an invalid signature' "$tmp/webhook.log"
grep -q '^✗ not delivered  build/triggered  to 127.0.0.1  ' "$tmp/stderr" || fail 'the refusal is not reported' "$tmp/stderr"
status=0
gitlab_job BUILDHOOK_URL="$url" "$buildhook" triggered 2>"$tmp/stderr" || status=$?
[ "$status" = 3 ] || fail "missing secret: exit code $status, expected 3" "$tmp/stderr" "$tmp/webhook.log"
diff "$tmp/expected" "$tmp/hook.log" >&2 || fail 'the hook ran without a valid signature' "$tmp/webhook.log"
echo 'webhook: two events delivered and their hooks run; a wrong and a missing signature refused'
