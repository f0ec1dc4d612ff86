#!/usr/bin/env bash
# A file that takes longer to read than the default deadline is announced, and so are the other files of the command. Part of
# `.ci/nightly`.
. "$(dirname "$0")/lib.sh"
require python3 truncate

start_receiver "$tmp/received"
cd "$tmp"
truncate -s 20G huge.bin
echo small >small.bin
start=$SECONDS
env -i PATH="$PATH" HOME="$tmp" BUILDHOOK_URL="$url" "$buildhook" created huge.bin small.bin >/dev/null 2>"$tmp/stderr" ||
  fail 'the files were not announced' "$tmp/stderr"
[ "$(find "$tmp/received" -name '*.json' | wc -l)" = 2 ] || fail 'expected two requests' "$tmp/stderr"
grep -q 21474836480 "$tmp"/received/*.json || fail 'the size is wrong' "$tmp/stderr"
echo "huge file: 20 GB announced after $((SECONDS - start)) s"
