#!/usr/bin/env bash
# Events are sent even if the state folder is on a full disk, with a warning that they cannot be redelivered, or on a disk that
# becomes full between two of a thousand records, while few files may be open.
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

# Each record nearly fills a page, so that the line of its attempt needs another one. With 8 MB, the disk is full before all
# records are begun; with 14 MB, before all are completed.
mkdir "$tmp/filling" "$tmp/files"
for number in $(seq 1000); do
  echo "$number" >"$tmp/files/$number.bin"
done
notes=$(printf 'ü%.0s' $(seq 805))
for size in 8 14; do
  start_receiver "$tmp/received-$size"
  cat >"$tmp/on-filling-disk.sh" <<SCRIPT
mount -t tmpfs -o size=${size}m,mode=0700 none "$tmp/filling"
ulimit -n 64
cd "$tmp/files"
env -i PATH="\$PATH" BUILDHOOK_STATE_DIR="$tmp/filling" BUILDHOOK_NOTES=$notes BUILDHOOK_KEEP_RECORDS=10000 BUILDHOOK_DEADLINE=5m \
  BUILDHOOK_URL="$url" BUILDHOOK_URL_2="$url/2" BUILDHOOK_NAME_2=two "$buildhook" created '*.bin' >"$tmp/out"
env -i PATH="\$PATH" BUILDHOOK_STATE_DIR="$tmp/filling" "$buildhook" deliveries list --json --limit 10000
SCRIPT
  unshare --user --map-root-user --mount sh "$tmp/on-filling-disk.sh" >"$tmp/records.json" 2>"$tmp/stderr" ||
    fail "an event was not sent from a disk of $size MB" "$tmp/stderr"
  python3 - "$tmp" "$size" <<'CHECK' || fail "lost an event or a warning with a disk of $size MB" "$tmp/stderr"
import collections, json, pathlib, re, sys

folder, size = pathlib.Path(sys.argv[1]), sys.argv[2]
requests = [json.loads(file.read_text()) for file in (folder / f"received-{size}").glob("*.json")]
received = collections.Counter(json.loads(request["body"])["id"] for request in requests)
assert len(received) == 1000 and set(received.values()) == {2}, f"{len(received)} events"

records = json.loads((folder / "records.json").read_text())
states = collections.Counter(record["status"] for record in records)
stderr = (folder / "stderr").read_text()
assert len(records) == 2000 or "cannot record deliveries in" in stderr, len(records)
incomplete = re.search(r"the record of delivery \S+(?: and of (\d+) others)? could not be completed", stderr)
assert states["pending"] == 1 + int(incomplete[1]) > 100, (states, incomplete)
expected = {"pending"} if size == "8" else {"pending", "delivered"}
assert set(states) == expected and (len(records) < 2000) == (size == "8"), states
print(f"disk of {size} MB: 2,000 requests, {len(records)} records, {states['pending']} incomplete and warned about")
CHECK
done
