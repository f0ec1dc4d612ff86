#!/usr/bin/env bash
# Events are sent even if the state folder is on a full disk, with a warning that they cannot be redelivered.
. "$(dirname "$0")/lib.sh"
require mount python3 unshare

mkdir "$tmp/full"
start_receiver "$tmp/received"
cat >"$tmp/on-full-disk.sh" <<SCRIPT
mount -t tmpfs -o size=4k,mode=0700 none "$tmp/full"
head -c 4096 /dev/zero >"$tmp/full/filler"
for command in triggered 'finished --status success'; do
  env -i PATH="\$PATH" BUILDHOOK_STATE_DIR="$tmp/full" BUILDHOOK_URL="$url" "$buildhook" \$command
done
env -i PATH="\$PATH" BUILDHOOK_STATE_DIR="$tmp/full" "$buildhook" deliveries
SCRIPT
unshare --user --map-root-user --mount sh "$tmp/on-full-disk.sh" >"$tmp/out" 2>"$tmp/stderr" ||
  fail 'an event was not sent' "$tmp/stderr"
[ "$(find "$tmp/received" -name '*.json' | wc -l)" = 2 ] || fail 'expected two requests' "$tmp/stderr"
[ "$(grep -c 'cannot record deliveries in .*full.*; failed ones cannot be resent' "$tmp/stderr")" = 2 ] ||
  fail 'the full disk is not reported' "$tmp/stderr"
grep -q 'no deliveries in' "$tmp/stderr" || fail 'a partial record was left behind' "$tmp/stderr"
echo 'full disk: both events sent, each with a warning; no partial record left behind'
