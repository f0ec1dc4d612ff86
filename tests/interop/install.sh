#!/usr/bin/env bash
# Runs install.sh under dash and busybox against a local release server: a good archive, a wrong and a missing checksum, a truncated
# archive, an unknown version and an unsupported architecture.
. "$(dirname "$0")/lib.sh"
require busybox curl dash python3 shellcheck sha256sum tar wget

script=$(realpath "$(dirname "$0")/../../install.sh")
shellcheck "$script" || fail 'shellcheck failed'
target=$(uname -m)-unknown-linux-musl
make_release() { # VERSION
  mkdir -p "$tmp/site/download/$1" "$tmp/pack"
  cp "$buildhook" "$tmp/pack/buildhook"
  tar -czf "$tmp/site/download/$1/buildhook-$target.tar.gz" -C "$tmp/pack" buildhook
  (cd "$tmp/site/download/$1" && sha256sum ./*.tar.gz | sed 's|\./||' >SHA256SUMS)
}
for version in v1.0.0 v1.1.0 v1.2.0 v1.3.0 v1.4.0; do make_release "$version"; done
mkdir -p "$tmp/site/latest"
cp -r "$tmp/site/download/v1.4.0" "$tmp/site/latest/download"
archive=buildhook-$target.tar.gz
sed -i 's/^./g/; s/^g/0/' "$tmp/site/download/v1.1.0/SHA256SUMS"
printf 'x' >>"$tmp/site/download/v1.1.0/$archive"
rm "$tmp/site/download/v1.2.0/SHA256SUMS"
truncate -s 1000 "$tmp/site/download/v1.3.0/$archive"
python3 -u -m http.server --bind 127.0.0.1 --directory "$tmp/site" 0 >"$tmp/port" 2>"$tmp/server.log" &
server_pids+=($!)
for _ in $(seq 100); do grep -q 'port ' "$tmp/port" && break || sleep 0.05; done
port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$tmp/port")
[ -n "$port" ] || fail 'the release server did not start' "$tmp/server.log"
from=http://127.0.0.1:$port

# One PATH without curl, and one whose uname prints an unsupported architecture.
mkdir "$tmp/no-curl" "$tmp/pdp11"
for tool in cat chmod cp cut dirname env id mkdir mktemp mv openssl rm sed sha256sum sh tar gzip uname wget; do
  ln -s "$(command -v "$tool")" "$tmp/no-curl/$tool"
done
printf '#!/bin/sh\n[ "$1" = -m ] && echo pdp11 || echo Linux\n' >"$tmp/pdp11/uname"
chmod +x "$tmp/pdp11/uname"

run_install() { # SHELL ARGUMENTS…
  local shell=$1
  shift
  # shellcheck disable=SC2086 # `busybox sh` must split
  HOME=$tmp/home $shell "$script" --from "$from" "$@" >"$tmp/out" 2>&1
}
expect_failure() { # SHELL VERSION MESSAGE
  run_install "$1" --version "$2" --to "$tmp/refused" && fail "$2 was installed" "$tmp/out"
  grep -q "$3" "$tmp/out" || fail "$2 failed without the message: $3" "$tmp/out"
  [ ! -e "$tmp/refused/buildhook" ] || fail "a partial $2 was left behind" "$tmp/out"
}
for shell in dash 'busybox sh'; do
  rm -rf "$tmp/to"
  run_install "$shell" --to "$tmp/to" || fail "$shell did not install the latest release" "$tmp/out"
  cmp -s "$buildhook" "$tmp/to/buildhook" || fail 'the installed program differs from the released one'
  run_install "$shell" --version 1.0.0 --to "$tmp/to" || fail "$shell did not replace the program with v1.0.0" "$tmp/out"
  (PATH=$tmp/no-curl run_install "$(command -v "${shell%% *}")${shell#"${shell%% *}"}" --to "$tmp/to") ||
    fail "$shell did not install with wget" "$tmp/out"
  expect_failure "$shell" v1.1.0 'checksum of .* is .*, expected .*; nothing installed'
  expect_failure "$shell" v1.2.0 'cannot download .*/SHA256SUMS; nothing installed'
  expect_failure "$shell" v1.3.0 'checksum of'
  expect_failure "$shell" v9.9.9 'cannot download'
  expect_failure "$shell" newest 'expected a version such as v1.4.0'
  (PATH=$tmp/pdp11:$PATH run_install "$shell" --to "$tmp/refused") && fail 'installed on an unsupported architecture' "$tmp/out"
  grep -q 'no release for pdp11' "$tmp/out" || fail 'the architecture is not named' "$tmp/out"
done
[ "$(id -u)" = 0 ] || { run_install dash && [ -x "$tmp/home/.local/bin/buildhook" ] || fail 'not installed into ~/.local/bin' "$tmp/out"; }
echo 'install: good archive, wrong and missing checksum, truncated archive, unknown version and architecture, under dash and busybox'
