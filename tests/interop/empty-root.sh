#!/usr/bin/env bash
# Runs the static program in a chroot that contains nothing else: no libraries, CA certificates, /tmp or DNS configuration.
. "$(dirname "$0")/lib.sh"
require unshare chroot python3 readelf

if readelf -lW "$buildhook" | grep -q INTERP || readelf -dW "$buildhook" | grep -q NEEDED; then
  fail "$buildhook is dynamically linked"
fi
mkdir "$tmp/root"
cp "$buildhook" "$tmp/root/buildhook"
start_receiver "$tmp/received"
authority=${url#http://127.0.0.1}
authority=localhost${authority%/hook}

in_chroot() { # NAME=VALUE… -- ARGUMENTS…
  local environment=()
  while [ "$1" != -- ]; do
    environment+=("$1")
    shift
  done
  shift
  # chroot needs root: enter a user namespace unless this is root.
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(unshare --user --map-root-user)
  "${as_root[@]}" env -i PATH=/ BUILDHOOK_SECRET=a-secret BUILDHOOK_STATE_DIR=/state GITHUB_ACTIONS=true GITHUB_SHA=ffac537e6cbbf934b08745a378932722df287a53 \
    "${environment[@]}" "$(command -v chroot)" "$tmp/root" /buildhook "$@"
}

in_chroot BUILDHOOK_URL="http://$authority/hook" -- triggered 2>"$tmp/stderr" || fail 'the event was not delivered' "$tmp/stderr"
grep -qF '\"commit_hash\":\"ffac537e6cbbf934b08745a378932722df287a53\"' "$tmp/received/0.json" ||
  fail 'the body has another commit' "$tmp/received/0.json"
ls "$tmp"/root/state/deliveries/*.jsonl >/dev/null || fail 'the delivery is not recorded'

# Without a system trust store the built-in one is used: the handshake starts, and fails because the receiver speaks plain HTTP.
status=0
in_chroot BUILDHOOK_URL="https://$authority/hook" BUILDHOOK_RETRIES=0 -- triggered 2>"$tmp/stderr" || status=$?
[ "$status" = 3 ] || fail "TLS to a plain HTTP receiver: exit code $status, expected 3" "$tmp/stderr"
grep -q 'TLS: ' "$tmp/stderr" || fail 'the TLS error is not reported' "$tmp/stderr"
status=0
in_chroot BUILDHOOK_URL='http://hooks.invalid/' BUILDHOOK_RETRIES=0 -- triggered 2>"$tmp/stderr" || status=$?
[ "$status" = 3 ] || fail "unresolvable host: exit code $status, expected 3" "$tmp/stderr"
grep -q "host name does not resolve; check the URL and DNS" "$tmp/stderr" ||
  fail 'the DNS error is not reported' "$tmp/stderr"
echo 'empty root: delivered over http; TLS and DNS errors reported'
