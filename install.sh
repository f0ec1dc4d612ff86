#!/bin/sh
# Installs buildhook: fetches the archive for this machine from a release, checks its SHA-256, and puts the program into a
# folder. Needs curl or wget, tar, and sha256sum, shasum or openssl.
#
#   install.sh [--version vX.Y.Z] [--to FOLDER] [--from URL]
#
#   --version   the release; default: the latest
#   --to        the folder; default: /usr/local/bin for root, else ~/.local/bin
#   --from      where releases are; default: https://github.com/buildhook/buildhook/releases
set -eu

version=latest
folder=
releases=https://github.com/buildhook/buildhook/releases

stop() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --version | --to | --from)
      [ $# -gt 1 ] || stop "$1 needs a value"
      case $1 in
        --version) version=$2 ;;
        --to) folder=$2 ;;
        --from) releases=${2%/} ;;
      esac
      shift 2
      ;;
    -h | --help)
      sed -n '2,9s/^# \{0,1\}//p' "$0"
      exit
      ;;
    *) stop "unknown option $1; expected --version, --to or --from" ;;
  esac
done
case $version in
  latest) place=$releases/latest/download ;;
  v[0-9]*) place=$releases/download/$version ;;
  [0-9]*) place=$releases/download/v$version ;;
  *) stop "found the version \`$version\`, expected one such as v1.4.0" ;;
esac
if [ -z "$folder" ]; then
  if [ "$(id -u)" = 0 ]; then folder=/usr/local/bin; else folder=${HOME:?}/.local/bin; fi
fi

system=$(uname -s)
machine=$(uname -m)
program=buildhook
case $system in
  Linux) system=unknown-linux-musl ;;
  Darwin) system=apple-darwin ;;
  MINGW* | MSYS* | CYGWIN*)
    system=pc-windows-msvc
    program=buildhook.exe
    ;;
  *) stop "there is no release for the system $system; build it with: cargo install buildhook" ;;
esac
case $machine in
  x86_64 | amd64) machine=x86_64 ;;
  aarch64 | arm64) machine=aarch64 ;;
  *) stop "there is no release for the machine $machine; build it with: cargo install buildhook" ;;
esac
archive=buildhook-$machine-$system.tar.gz

if command -v curl >/dev/null 2>&1; then
  fetch() { curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"; }
elif command -v wget >/dev/null 2>&1; then
  fetch() { wget -q -O "$2" "$1"; }
else
  stop 'neither curl nor wget is there; install one of them'
fi
if command -v sha256sum >/dev/null 2>&1; then
  checksum() { sha256sum "$1" | cut -d ' ' -f 1; }
elif command -v shasum >/dev/null 2>&1; then
  checksum() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
elif command -v openssl >/dev/null 2>&1; then
  checksum() { openssl dgst -sha256 "$1" | sed 's/^.* //'; }
else
  stop 'the checksum cannot be made: install sha256sum, shasum or openssl'
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
fetch "$place/SHA256SUMS" "$work/SHA256SUMS" || stop "cannot fetch $place/SHA256SUMS; nothing is installed without checksums"
expected=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$archive\$/\1/p" "$work/SHA256SUMS")
[ -n "$expected" ] || stop "$place/SHA256SUMS has no checksum of $archive"
fetch "$place/$archive" "$work/$archive" || stop "cannot fetch $place/$archive"
found=$(checksum "$work/$archive")
[ "$found" = "$expected" ] || stop "$archive has the checksum $found, expected $expected; it is not installed"
tar -xzf "$work/$archive" -C "$work" || stop "$archive cannot be unpacked"
[ -f "$work/$program" ] || stop "$archive has no $program in it"
mkdir -p "$folder"
# To a name of its own first: a program that runs cannot be written over, and half a program must not be there.
cp "$work/$program" "$folder/.$program.$$"
chmod 755 "$folder/.$program.$$"
mv "$folder/.$program.$$" "$folder/$program"
printf '%s is in %s\n' "$("$folder/$program" --version)" "$folder"
case :$PATH: in
  *":$folder:"*) ;;
  *) printf 'add %s to the PATH to call it by its name\n' "$folder" ;;
esac
