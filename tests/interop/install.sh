#!/usr/bin/env bash
# Runs install.sh under dash and busybox against a local release server: good archives, wrong and missing checksums, a truncated archive
# and script, unknown versions and architectures, plain HTTP, and attestations that gh accepts, refuses or does not know.
. "$(dirname "$0")/lib.sh"
require busybox curl dash openssl python3 shellcheck sha256sum tar wget

script=$(realpath "$(dirname "$0")/../../install.sh")
shellcheck "$script" || fail 'shellcheck failed'
target=$(uname -m)-unknown-linux-musl
archive=buildhook-$target.tar.gz
version=$(sed -n 's/^script_version=//p' "$script")
make_release() { # VERSION
  mkdir -p "$tmp/site/download/v$1" "$tmp/pack"
  cp "$buildhook" "$tmp/pack/buildhook"
  tar -czf "$tmp/site/download/v$1/$archive" -C "$tmp/pack" buildhook
  (cd "$tmp/site/download/v$1" && sha256sum -- *.tar.gz >SHA256SUMS)
  echo 'a bundle' >"$tmp/site/download/v$1/buildhook.sigstore.jsonl"
}
for number in "$version" 91.0.0 92.0.0 93.0.0 94.0.0; do make_release "$number"; done
sed -i 's/^./g/; s/^g/0/' "$tmp/site/download/v91.0.0/SHA256SUMS"
printf 'x' >>"$tmp/site/download/v91.0.0/$archive"
rm "$tmp/site/download/v92.0.0/SHA256SUMS"
truncate -s 1000 "$tmp/site/download/v93.0.0/$archive"
rm "$tmp/site/download/v94.0.0/buildhook.sigstore.jsonl"
# The script of a release knows its checksums.
checksum=$(sha256sum "$tmp/site/download/v$version/$archive" | cut -d ' ' -f 1)
sed "s/^script_checksums=''/script_checksums='$archive $checksum'/" "$script" >"$tmp/released.sh"
sed "s/^script_checksums=''/script_checksums='$archive ${checksum//[0-9]/0}'/" "$script" >"$tmp/other-release.sh"
sed "s/^script_checksums=''/script_checksums='buildhook-pdp11.tar.gz $checksum'/" "$script" >"$tmp/other-targets.sh"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key.pem" -out "$tmp/ca.pem" -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost 2>/dev/null
start_mirror "$tmp/site" "$tmp/ca.pem" "$tmp/key.pem"

# PATHs: without curl, without curl and with busybox's wget, an unsupported machine, and kinds of gh.
tools=(cat chmod cp cut dirname env grep gzip id mkdir mktemp mv rm sed sha256sum sh tar uname)
for folder in no-curl with-curl; do
  mkdir "$tmp/$folder"
  for tool in "${tools[@]}"; do ln -s "$(command -v "$tool")" "$tmp/$folder/$tool"; done
done
ln -s "$(command -v wget)" "$tmp/no-curl/wget"
ln -s "$(command -v curl)" "$tmp/with-curl/curl"
make_program() { # FOLDER NAME SCRIPT
  mkdir -p "$tmp/$1"
  printf '#!/bin/sh\n%s\n' "$3" >"$tmp/$1/$2"
  chmod +x "$tmp/$1/$2"
}
make_program pdp11 uname '[ "$1" = -m ] && echo pdp11 || echo Linux'
make_program old-gh gh 'exit 1'
help='[ "$4" = --help ] || [ "$3" = --help ] && { echo --signer-workflow; exit; }'
make_program gh gh "$help; echo \"\$*\" >>'$tmp/gh.log'; [ -s \"\${9}\" ]"
make_program refusing-gh gh "$help; echo 'no matching attestation'; exit 1"

run_install() { # SHELL SCRIPT ARGUMENTS…, with $search as the PATH
  local shell=$1 script=$2
  shift 2
  # shellcheck disable=SC2086 # `busybox sh` must split
  env -i PATH="$search" HOME="$tmp/home" CURL_CA_BUNDLE="$tmp/ca.pem" SSL_CERT_FILE="$tmp/ca.pem" WGETRC="$tmp/wgetrc" \
    $shell "$script" --from "$mirror" "$@" >"$tmp/out" 2>&1
}
echo "ca_certificate = $tmp/ca.pem" >"$tmp/wgetrc"
expect_success() { # MESSAGE SHELL SCRIPT ARGUMENTS…
  local message=$1
  shift
  rm -rf "$tmp/to"
  run_install "$@" --to "$tmp/to" || fail "not installed: $*" "$tmp/out"
  cmp -s "$buildhook" "$tmp/to/buildhook" || fail 'the installed program differs from the released one'
  grep -q "$message" "$tmp/out" || fail "installed without the message: $message" "$tmp/out"
}
expect_failure() { # MESSAGE SHELL SCRIPT ARGUMENTS…
  local message=$1
  shift
  run_install "$@" --to "$tmp/refused" && fail "installed: $*" "$tmp/out"
  grep -q "$message" "$tmp/out" || fail "failed without the message: $message" "$tmp/out"
  [ ! -e "$tmp/refused" ] || fail 'something was left behind' "$tmp/out"
}
for shell in "$(command -v dash)" "$(command -v busybox) sh"; do
  search=$tmp/with-curl
  expect_success 'did not verify the attestation: gh is not installed' "$shell" "$script"
  expect_success "verified the SHA-256 checksum of $archive, from $mirror/download/v$version/SHA256SUMS" "$shell" "$script"
  expect_success 'from this script' "$shell" "$tmp/released.sh"
  expect_success 'SHA256SUMS' "$shell" "$tmp/released.sh" --version v94.0.0
  run_install "$shell" "$script" --to "$tmp/to" --version "$version" || fail 'an installed program is not replaced' "$tmp/out"
  expect_failure 'checksum of .* is .*, expected .*; nothing installed' "$shell" "$script" --version 91.0.0
  expect_failure 'checksum of .* is .*, expected .*; nothing installed' "$shell" "$tmp/other-release.sh"
  expect_failure 'no checksum for .* in this script; nothing installed' "$shell" "$tmp/other-targets.sh"
  expect_failure 'cannot download .*/SHA256SUMS; nothing installed' "$shell" "$script" --version v92.0.0
  expect_failure 'checksum of' "$shell" "$script" --version v93.0.0
  expect_failure 'cannot download' "$shell" "$script" --version v99.9.9
  for wrong in newest latest 1.0 '1.0.0/../..' ''; do
    expect_failure "invalid version .*; expected a version such as $version" "$shell" "$script" --version "$wrong"
  done
  expect_failure 'expected one that starts with https://' "$shell" "$script" --from "http${mirror#https}"
  expect_failure 'unknown option --to-folder' "$shell" "$script" --to-folder x

  search=$tmp/no-curl
  expect_success 'verified the SHA-256' "$shell" "$script"
  search=$tmp/pdp11:$tmp/with-curl
  expect_failure 'no release for pdp11' "$shell" "$script"
  search=$tmp/old-gh:$tmp/with-curl
  expect_success 'did not verify the attestation: this version of gh cannot' "$shell" "$script"
  search=$tmp/gh:$tmp/with-curl
  expect_success 'verified the attestation: built by the release workflow of buildhook/buildhook' "$shell" "$script"
  expect_failure 'cannot download .*/buildhook.sigstore.jsonl; nothing installed' "$shell" "$script" --version 94.0.0
  search=$tmp/refusing-gh:$tmp/with-curl
  expect_failure 'gh: no matching attestation' "$shell" "$script"
  expect_failure 'gh could not verify the attestation of .*; nothing installed' "$shell" "$script"
  expect_success 'did not verify the attestation: --checksum-only' "$shell" "$script" --checksum-only

  # A script that was cut off anywhere does nothing.
  search=$tmp/with-curl
  size=$(stat -c %s "$script")
  for cut in 1 2 10 100 1000 2000 4000; do
    head -c "$((size - cut))" "$script" >"$tmp/cut.sh"
    run_install "$shell" "$tmp/cut.sh" --to "$tmp/refused" || true
    [ "$cut" = 1 ] || [ ! -e "$tmp/refused" ] || fail "a script without its last $cut bytes installed something" "$tmp/out"
    rm -rf "$tmp/refused"
  done
done
grep -q -- "attestation verify .*/$archive --repo buildhook/buildhook --signer-workflow buildhook/buildhook/.github/workflows/release.yml --bundle" \
  "$tmp/gh.log" || fail 'gh is not asked for the workflow' "$tmp/gh.log"
echo 'install: checksums of the script and of the release, attestations, truncated files, unknown versions and architectures, plain HTTP,
  under dash and busybox, with curl and wget'
