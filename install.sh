#!/bin/sh
# Downloads a buildhook release for this machine, verifies its SHA-256 checksum and installs the program. Needs tar; curl or
# wget; and sha256sum, shasum or openssl.
#
#   install.sh [--version vX.Y.Z] [--to FOLDER] [--from URL]
#
#   --version   release to install; default: the latest
#   --to        folder to install into; default: /usr/local/bin for root, else ~/.local/bin
#   --from      URL of the releases; default: https://github.com/buildhook/buildhook/releases
set -eu

version=latest
folder=
releases_url=https://github.com/buildhook/buildhook/releases

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --version | --to | --from)
      [ $# -gt 1 ] || fail "$1 needs a value"
      case $1 in
        --version) version=$2 ;;
        --to) folder=$2 ;;
        --from) releases_url=${2%/} ;;
      esac
      shift 2
      ;;
    -h | --help)
      sed -n '2,9s/^# \{0,1\}//p' "$0"
      exit
      ;;
    *) fail "unknown option $1; expected --version, --to or --from" ;;
  esac
done
case $version in
  latest) release_url=$releases_url/latest/download ;;
  v[0-9]*) release_url=$releases_url/download/$version ;;
  [0-9]*) release_url=$releases_url/download/v$version ;;
  *) fail "invalid version \`$version\`; expected a version such as v1.4.0" ;;
esac
if [ -z "$folder" ]; then
  if [ "$(id -u)" = 0 ]; then folder=/usr/local/bin; else folder=${HOME:?}/.local/bin; fi
fi

os=$(uname -s)
architecture=$(uname -m)
program=buildhook
case $os in
  Linux) target_suffix=unknown-linux-musl ;;
  Darwin) target_suffix=apple-darwin ;;
  MINGW* | MSYS* | CYGWIN*)
    target_suffix=pc-windows-msvc
    program=buildhook.exe
    ;;
  *) fail "no release for $os; build from source with: cargo install buildhook" ;;
esac
case $architecture in
  x86_64 | amd64) target=x86_64-$target_suffix ;;
  aarch64 | arm64) target=aarch64-$target_suffix ;;
  *) fail "no release for $architecture; build from source with: cargo install buildhook" ;;
esac
archive=buildhook-$target.tar.gz

if command -v curl >/dev/null 2>&1; then
  download() { curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"; }
elif command -v wget >/dev/null 2>&1; then
  download() { wget -q -O "$2" "$1"; }
else
  fail 'cannot download: install curl or wget'
fi
if command -v sha256sum >/dev/null 2>&1; then
  sha256() { sha256sum "$1" | cut -d ' ' -f 1; }
elif command -v shasum >/dev/null 2>&1; then
  sha256() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
elif command -v openssl >/dev/null 2>&1; then
  sha256() { openssl dgst -sha256 "$1" | sed 's/^.* //'; }
else
  fail 'cannot verify the checksum: install sha256sum, shasum or openssl'
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
download "$release_url/SHA256SUMS" "$tmp/SHA256SUMS" || fail "cannot download $release_url/SHA256SUMS; nothing installed"
expected=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$archive\$/\1/p" "$tmp/SHA256SUMS")
[ -n "$expected" ] || fail "no checksum for $archive in $release_url/SHA256SUMS"
download "$release_url/$archive" "$tmp/$archive" || fail "cannot download $release_url/$archive"
actual=$(sha256 "$tmp/$archive")
[ "$actual" = "$expected" ] || fail "checksum of $archive is $actual, expected $expected; nothing installed"
tar -xzf "$tmp/$archive" -C "$tmp" || fail "cannot unpack $archive"
[ -f "$tmp/$program" ] || fail "no $program in $archive"
mkdir -p "$folder"
# Copy, then rename: a running program cannot be overwritten, and an interrupted copy must not look installed.
cp "$tmp/$program" "$folder/.$program.$$"
chmod 755 "$folder/.$program.$$"
mv "$folder/.$program.$$" "$folder/$program"
printf 'installed %s in %s\n' "$("$folder/$program" --version)" "$folder"
case :$PATH: in
  *":$folder:"*) ;;
  *) printf 'add %s to your PATH to run buildhook by name\n' "$folder" ;;
esac
