#!/usr/bin/env bash
# install.sh under dash and busybox against a release server on the loopback: the right file, a wrong checksum, none, an archive
# that is cut off, a machine that is not known.
. "$(dirname "$0")/lib.sh"
needs busybox curl dash python3 shellcheck sha256sum tar wget

script=$(realpath "$(dirname "$0")/../../install.sh")
shellcheck "$script" || fail 'shellcheck finds something'
target=$(uname -m)-unknown-linux-musl
release() { # VERSION
  mkdir -p "$work/site/download/$1" "$work/pack"
  cp "$buildhook" "$work/pack/buildhook"
  tar -czf "$work/site/download/$1/buildhook-$target.tar.gz" -C "$work/pack" buildhook
  (cd "$work/site/download/$1" && sha256sum ./*.tar.gz | sed 's|\./||' >SHA256SUMS)
}
for version in v1.0.0 v1.1.0 v1.2.0 v1.3.0 v1.4.0; do release "$version"; done
mkdir -p "$work/site/latest"
cp -r "$work/site/download/v1.4.0" "$work/site/latest/download"
archive=buildhook-$target.tar.gz
sed -i 's/^./g/; s/^g/0/' "$work/site/download/v1.1.0/SHA256SUMS"
printf 'x' >>"$work/site/download/v1.1.0/$archive"
rm "$work/site/download/v1.2.0/SHA256SUMS"
truncate -s 1000 "$work/site/download/v1.3.0/$archive"
python3 -u -m http.server --bind 127.0.0.1 --directory "$work/site" 0 >"$work/port" 2>"$work/server.log" &
server=$!
for _ in $(seq 100); do grep -q 'port ' "$work/port" && break || sleep 0.05; done
port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$work/port")
[ -n "$port" ] || fail 'the release server did not start' "$work/server.log"
from=http://127.0.0.1:$port

# A folder of programs without curl, and one with another uname.
mkdir "$work/no-curl" "$work/other"
for tool in cat chmod cp cut dirname env id mkdir mktemp mv openssl rm sed sha256sum sh tar gzip uname wget; do
  ln -s "$(command -v "$tool")" "$work/no-curl/$tool"
done
printf '#!/bin/sh\n[ "$1" = -m ] && echo pdp11 || echo Linux\n' >"$work/other/uname"
chmod +x "$work/other/uname"

run() { # SHELL ARGUMENTS…
  local shell=$1
  shift
  # shellcheck disable=SC2086 # `busybox sh` is two words
  HOME=$work/home $shell "$script" --from "$from" "$@" >"$work/out" 2>&1
}
refused() { # SHELL VERSION EXPECTED
  run "$1" --version "$2" --to "$work/refused" && fail "$2 was installed" "$work/out"
  grep -q "$3" "$work/out" || fail "it is not told that $3" "$work/out"
  [ ! -e "$work/refused/buildhook" ] || fail "something of $2 was left" "$work/out"
}
for shell in dash 'busybox sh'; do
  rm -rf "$work/to"
  run "$shell" --to "$work/to" || fail "the latest was not installed by $shell" "$work/out"
  cmp -s "$buildhook" "$work/to/buildhook" || fail 'another program was installed'
  run "$shell" --version 1.0.0 --to "$work/to" || fail "v1.0.0 was not installed over it by $shell" "$work/out"
  (PATH=$work/no-curl run "$(command -v "${shell%% *}")${shell#"${shell%% *}"}" --to "$work/to") || fail 'not installed with wget alone' "$work/out"
  refused "$shell" v1.1.0 'checksum of .* is .*, expected .*; nothing installed'
  refused "$shell" v1.2.0 'cannot download .*/SHA256SUMS; nothing installed'
  refused "$shell" v1.3.0 'checksum of'
  refused "$shell" v9.9.9 'cannot download'
  refused "$shell" newest 'expected a version such as v1.4.0'
  (PATH=$work/other:$PATH run "$shell" --to "$work/refused") && fail 'installed on a machine that is not known' "$work/out"
  grep -q 'no release for pdp11' "$work/out" || fail 'the machine is not named' "$work/out"
done
[ "$(id -u)" = 0 ] || { run dash && [ -x "$work/home/.local/bin/buildhook" ] || fail 'not installed at home' "$work/out"; }
echo 'install: right file, wrong checksum, no checksum, cut off archive, unknown version and machine, under dash and busybox'
