#!/usr/bin/env bash
# adnanh/webhook, Debian's package, receives events and runs its hook only if its own HMAC rule holds.
. "$(dirname "$0")/lib.sh"
needs webhook python3

secret='a secret with "quotes" and $dollars'
cat >"$work/hook.sh" <<'HOOK'
#!/bin/sh
printf '%s %s %s\n' "$1" "$2" "$3" >>"$RAN"
HOOK
chmod +x "$work/hook.sh"
SECRET=$secret HOOK="$work/hook.sh" python3 - >"$work/hooks.json" <<'PYTHON'
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
RAN=$work/ran webhook -hooks "$work/hooks.json" -ip 127.0.0.1 -port "$port" -verbose >"$work/webhook.log" 2>&1 &
server=$!
wait_for_port "$port"
url=http://127.0.0.1:$port/hooks/build

in_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET="$secret" "$buildhook" triggered 2>"$work/stderr" ||
  fail 'the event was not taken' "$work/stderr" "$work/webhook.log"
in_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET="$secret" "$buildhook" finished --status success 2>"$work/stderr" ||
  fail 'the event was not taken' "$work/stderr" "$work/webhook.log"
printf '%s\n' 'build/triggered 42 feature/"quotes" & ünïcode' 'build/finished 42 feature/"quotes" & ünïcode' >"$work/expected"
diff "$work/expected" "$work/ran" >&2 || fail 'the hook ran with other values' "$work/webhook.log"

status=0
in_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET='another secret' "$buildhook" triggered 2>"$work/stderr" || status=$?
[ "$status" = 3 ] || fail "a wrong secret ended with $status, not 3" "$work/stderr" "$work/webhook.log"
grep -q 'invalid payload signature' "$work/webhook.log" || fail 'it was refused for another reason' "$work/webhook.log"
grep -q '^✗ 127.0.0.1  build/triggered  ' "$work/stderr" || fail 'the refusal is not told' "$work/stderr"
status=0
in_job BUILDHOOK_URL="$url" "$buildhook" triggered 2>"$work/stderr" || status=$?
[ "$status" = 3 ] || fail "no secret ended with $status, not 3" "$work/stderr" "$work/webhook.log"
diff "$work/expected" "$work/ran" >&2 || fail 'the hook ran without a valid signature' "$work/webhook.log"
echo 'webhook: 2 events taken and their hooks run, a wrong and a missing signature refused'
