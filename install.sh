#!/bin/sh
# Downloads a buildhook release for this machine, verifies it and installs the program. Needs tar; curl or wget; and sha256sum,
# shasum or openssl.
#
#   install.sh [--version X.Y.Z] [--to FOLDER] [--from URL] [--checksum-only]
#
#   --version         release to install; default: the one that this script belongs to
#   --to              folder to install into; default: /usr/local/bin for root, else ~/.local/bin
#   --from            URL of the releases; default: https://github.com/buildhook/buildhook/releases
#   --checksum-only   do not verify the attestation, for machines where `gh` cannot reach GitHub
#
# The SHA-256 checksum of the archive is always verified: against this script if it is part of the release, else against the
# release's SHA256SUMS. Where `gh` is installed, it also verifies the attestation: that the archive was built by the release
# workflow of the repository.
set -eu

script_version=1.0.0
# A release writes its checksums here, as `ARCHIVE CHECKSUM` lines.
script_checksums=''

repository=buildhook/buildhook

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

usage() {
  cat <<'USAGE'
install.sh [--version X.Y.Z] [--to FOLDER] [--from URL] [--checksum-only]

  --version         release to install; default: the one that this script belongs to
  --to              folder to install into; default: /usr/local/bin for root, else ~/.local/bin
  --from            URL of the releases; default: https://github.com/buildhook/buildhook/releases
  --checksum-only   do not verify the attestation, for machines where `gh` cannot reach GitHub
USAGE
}

main() {
  version=$script_version
  folder=
  releases_url=https://github.com/$repository/releases
  verifies_attestation=true
  while [ $# -gt 0 ]; do
    case $1 in
      --version | --to | --from)
        [ $# -gt 1 ] || fail "$1 needs a value"
        case $1 in
          --version) version=${2#v} ;;
          --to) folder=$2 ;;
          --from) releases_url=${2%/} ;;
        esac
        shift 2
        ;;
      --checksum-only)
        verifies_attestation=false
        shift
        ;;
      -h | --help)
        usage
        exit
        ;;
      *) fail "unknown option $1; expected --version, --to, --from or --checksum-only" ;;
    esac
  done
  case $version in
    *[!0-9A-Za-z.+-]*) fail "invalid version \`$version\`; expected a version such as $script_version" ;;
    [0-9]*.[0-9]*.[0-9]*) ;;
    *) fail "invalid version \`$version\`; expected a version such as $script_version" ;;
  esac
  case $releases_url in
    https://*) ;;
    *) fail "invalid URL \`$releases_url\`; expected one that starts with https://" ;;
  esac
  if [ -z "$folder" ]; then
    if [ "$(id -u)" = 0 ]; then folder=/usr/local/bin; else folder=${HOME:?}/.local/bin; fi
  fi
  find_target
  find_tools

  tmp=$(mktemp -d)
  trap 'rm -rf "$tmp"' EXIT
  trap 'exit 1' HUP INT TERM
  release_url=$releases_url/download/v$version
  download "$release_url/$archive" "$tmp/$archive" || fail "cannot download $release_url/$archive; nothing installed"
  verify_checksum
  verify_attestation
  install_program
}

find_target() { # sets archive and program
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
}

find_tools() { # defines download and sha256
  if command -v curl >/dev/null 2>&1; then
    download() { curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$2" "$1"; }
  elif command -v wget >/dev/null 2>&1; then
    # busybox's wget has no option for the TLS version.
    if wget --help 2>&1 | grep -q -e --secure-protocol; then
      download() { wget --secure-protocol=TLSv1_2 --https-only -q -O "$2" "$1"; }
    else
      download() { wget -q -O "$2" "$1"; }
    fi
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
}

verify_checksum() {
  expected=
  if [ "$version" = "$script_version" ] && [ -n "$script_checksums" ]; then
    source='this script'
    expected=$(printf '%s\n' "$script_checksums" | sed -n "s/^$archive \([0-9a-f]\{64\}\)\$/\1/p")
  else
    source=$release_url/SHA256SUMS
    download "$source" "$tmp/SHA256SUMS" || fail "cannot download $source; nothing installed"
    expected=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$archive\$/\1/p" "$tmp/SHA256SUMS")
  fi
  [ -n "$expected" ] || fail "no checksum for $archive in $source; nothing installed"
  actual=$(sha256 "$tmp/$archive")
  [ "$actual" = "$expected" ] || fail "checksum of $archive is $actual, expected $expected; nothing installed"
  printf 'verified the SHA-256 checksum of %s, from %s\n' "$archive" "$source"
}

verify_attestation() {
  if [ "$verifies_attestation" = false ]; then
    echo 'did not verify the attestation: --checksum-only'
  elif ! command -v gh >/dev/null 2>&1; then
    echo 'did not verify the attestation: gh is not installed'
  elif ! gh attestation verify --help 2>/dev/null | grep -q -e --signer-workflow; then
    echo 'did not verify the attestation: this version of gh cannot'
  else
    bundle=$release_url/buildhook.sigstore.jsonl
    download "$bundle" "$tmp/bundle.jsonl" || fail "cannot download $bundle; nothing installed"
    gh attestation verify "$tmp/$archive" --repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml" \
      --bundle "$tmp/bundle.jsonl" >"$tmp/gh.log" 2>&1 || {
      sed 's/^/  gh: /' "$tmp/gh.log" >&2
      fail "gh could not verify the attestation of $archive; nothing installed (--checksum-only skips this)"
    }
    printf 'verified the attestation: built by the release workflow of %s\n' "$repository"
  fi
}

install_program() {
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
}

# In the last line, so that a script that was cut off does nothing.
main "$@"
