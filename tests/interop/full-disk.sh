#!/usr/bin/env bash
# A state folder on a full disk does not stop an event: it goes out, with a warning that it could not be sent again.
. "$(dirname "$0")/lib.sh"
needs mount python3 unshare

mkdir "$work/full"
start_receiver "$work/received"
cat >"$work/on-full-disk.sh" <<SCRIPT
mount -t tmpfs -o size=4k none "$work/full"
head -c 4096 /dev/zero >"$work/full/filler"
for command in triggered 'finished --status success'; do
  env -i PATH="\$PATH" BUILDHOOK_STATE_DIR="$work/full" BUILDHOOK_URL="$url" "$buildhook" \$command
done
env -i PATH="\$PATH" BUILDHOOK_STATE_DIR="$work/full" "$buildhook" deliveries
SCRIPT
unshare --user --map-root-user --mount sh "$work/on-full-disk.sh" >"$work/out" 2>"$work/stderr" || fail 'an event did not go out' "$work/stderr"
[ "$(ls "$work"/received/*.json | wc -l)" = 2 ] || fail 'not both events arrived' "$work/stderr"
[ "$(grep -c 'deliveries cannot be recorded in .*full.*; what fails now cannot be sent again' "$work/stderr")" = 2 ] ||
  fail 'the full disk is not told' "$work/stderr"
grep -q 'there are no deliveries in' "$work/stderr" || fail 'half a record was left' "$work/stderr"
echo 'full disk: both events went out, with a warning each, and no half record was left'
