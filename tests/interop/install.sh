#!/usr/bin/env bash
# Runs install.sh under dash and busybox against a local release server: good archives, wrong and missing checksums, a truncated archive
# and script, unknown versions and architectures, plain HTTP, attestations that gh accepts, refuses or does not know, and completions and
# manual pages that can and cannot be installed.
. "$(dirname "$0")/lib.sh"
require busybox curl dash openssl python3 setpriv shellcheck sha256sum tar wget

script=$(realpath "$(dirname "$0")/../../install.sh")
shellcheck "$script" || fail 'shellcheck failed'
target=$(uname -m)-unknown-linux-musl
chmod 0755 "$tmp"
archive=buildhook-$target.tar.gz
version=$(sed -n 's/^script_version=//p' "$script")
make_release() { # VERSION
  mkdir -p "$tmp/site/download/v$1" "$tmp/pack"
  printf '#!/bin/sh\necho buildhook %s\n' "${2:-$1}" >"$tmp/pack/buildhook"
  chmod +x "$tmp/pack/buildhook"
  tar -czf "$tmp/site/download/v$1/$archive" -C "$tmp/pack" buildhook
  (cd "$tmp/site/download/v$1" && sha256sum -- *.tar.gz >SHA256SUMS)
  echo 'a bundle' >"$tmp/site/download/v$1/buildhook.sigstore.json"
}
for number in "$version" 91.0.0 92.0.0 93.0.0 94.0.0; do make_release "$number"; done
make_release 95.0.0 1.0.0
printf '#!/bin/sh\nexit 1\n' >"$tmp/pack/buildhook"
mkdir "$tmp/site/download/v96.0.0"
tar -czf "$tmp/site/download/v96.0.0/$archive" -C "$tmp/pack" buildhook
(cd "$tmp/site/download/v96.0.0" && sha256sum -- *.tar.gz >SHA256SUMS)
sed -i 's/^./g/; s/^g/0/' "$tmp/site/download/v91.0.0/SHA256SUMS"
printf 'x' >>"$tmp/site/download/v91.0.0/$archive"
rm "$tmp/site/download/v92.0.0/SHA256SUMS"
truncate -s 1000 "$tmp/site/download/v93.0.0/$archive"
rm "$tmp/site/download/v94.0.0/buildhook.sigstore.json"
# The script of a release knows its checksums.
checksum=$(sha256sum "$tmp/site/download/v$version/$archive" | cut -d ' ' -f 1)
sed "s/^script_checksums=''/script_checksums='$archive $checksum'/" "$script" >"$tmp/released.sh"
sed "s/^script_checksums=''/script_checksums='$archive ${checksum//[0-9]/0}'/" "$script" >"$tmp/other-release.sh"
sed "s/^script_checksums=''/script_checksums='buildhook-pdp11.tar.gz $checksum'/" "$script" >"$tmp/other-targets.sh"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key.pem" -out "$tmp/ca.pem" -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost 2>/dev/null
start_mirror "$tmp/site" "$tmp/ca.pem" "$tmp/key.pem"

# PATHs: without curl, without curl and with busybox's wget, an unsupported machine, and kinds of gh.
tools=(cat chmod cp cut dirname env gzip id ls mkdir mktemp mv rm sed sha256sum sh tar uname)
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
make_program old-gh gh '[ "$1" = --version ] && echo "gh version 2.66.1 (2025-01-31)"'
number='[ "$1" = --version ] && { echo "gh version 2.95.0 (2026-06-01)"; exit; }'
make_program gh gh "$number; echo \"\$*\" >>'$tmp/gh.log'; [ -s \"\${5}\" ]"
make_program refusing-gh gh "$number; echo 'no matching attestation'; exit 1"

run_install() { # SHELL SCRIPT ARGUMENTS…, with $search as the PATH
  local shell=$1 script=$2
  shift 2
  # shellcheck disable=SC2086 # `busybox sh` must split
  env -i PATH="$search" HOME="$tmp/home" CURL_CA_BUNDLE="$tmp/ca.pem" SSL_CERT_FILE="$tmp/ca.pem" WGETRC="$tmp/wgetrc" \
    ${ci:+CI="$ci"} $shell "$script" --from "$mirror" "$@" >"$tmp/out" 2>&1
}
echo "ca_certificate = $tmp/ca.pem" >"$tmp/wgetrc"
expect_success() { # MESSAGE SHELL SCRIPT ARGUMENTS…
  local message=$1
  shift
  rm -rf "$tmp/to"
  run_install "$@" --to "$tmp/to" || fail "not installed: $*" "$tmp/out"
  "$tmp/to/buildhook" >/dev/null || fail 'the installed program does not run'
  grep -q -e "$message" "$tmp/out" || fail "installed without the message: $message" "$tmp/out"
}
expect_failure() { # MESSAGE SHELL SCRIPT ARGUMENTS…
  local message=$1
  shift
  run_install "$@" --to "$tmp/refused" && fail "installed: $*" "$tmp/out"
  grep -q -e "$message" "$tmp/out" || fail "failed without the message: $message" "$tmp/out"
  [ ! -e "$tmp/refused" ] || [ -z "$(ls -A "$tmp/refused")" ] || fail 'something was left behind' "$tmp/out"
}
# Release 90 is this program, and release 89 has neither completions nor a manual.
make_release 90.0.0
printf '#!/bin/sh\n[ "$1" = --version ] && echo buildhook 90.0.0 || exec %s "$@"\n' "$buildhook" >"$tmp/pack/buildhook"
tar -czf "$tmp/site/download/v90.0.0/$archive" -C "$tmp/pack" buildhook
make_release 89.0.0
printf '#!/bin/sh\n[ "$1" = --version ] && echo buildhook 89.0.0 || { echo "error: no such command" >&2; exit 2; }\n' >"$tmp/pack/buildhook"
tar -czf "$tmp/site/download/v89.0.0/$archive" -C "$tmp/pack" buildhook
for number in 89.0.0 90.0.0; do (cd "$tmp/site/download/v$number" && sha256sum -- *.tar.gz >SHA256SUMS); done
shared_files() { (cd "$tmp/prefix" && find . -type f -path './share/*' | sort); }
test_documents() { # SHELL
  local message
  for prefix in prefix 'prefix/a b'; do
    rm -rf "$tmp/prefix"
    mkdir -p "$tmp/prefix/a b/share/man/man1" "$tmp/prefix/share/man/man1"
    touch "$tmp/$prefix/share/man/man1/buildhook-other.1" "$tmp/$prefix/share/man/man1/other.1"
    (umask 077 && run_install "$1" "$script" --version 90.0.0 --to "$tmp/$prefix/bin//") || fail 'not installed' "$tmp/out"
    message="installed completions for bash, completions for fish, completions for zsh, manual pages in $tmp/$prefix/share"
    grep -qxF "$message" "$tmp/out" || fail 'completions and manual pages are not reported' "$tmp/out"
    ! grep -q warning "$tmp/out" || fail 'a warning' "$tmp/out"
    cd "$tmp/$prefix/share"
    cmp <("$buildhook" completions bash) bash-completion/completions/buildhook
    cmp <("$buildhook" completions fish) fish/vendor_completions.d/buildhook.fish
    cmp <("$buildhook" completions zsh) zsh/site-functions/_buildhook
    grep -q '^.TH buildhook' man/man1/buildhook.1 || fail 'no manual page'
    [[ -f man/man1/buildhook-finished.1 && -f man/man1/other.1 && -f man/man1/buildhook-other.1 ]] ||
      fail 'wrong manual pages'
    [ "$(stat -c %a man/man1/buildhook.1)" = 644 ] || fail 'other users cannot read the manual page'
    cd - >/dev/null
  done
  test_places "$1"
  rm -rf "$tmp/prefix"
  run_install "$1" "$script" --version 90.0.0 --to "$tmp/prefix/bin" --program-only || fail 'not installed' "$tmp/out"
  [ -z "$(shared_files)" ] || fail '--program-only has no effect' "$tmp/out"
  ci=true run_install "$1" "$script" --version 90.0.0 --to "$tmp/prefix/bin" || fail 'not installed in CI' "$tmp/out"
  [ -z "$(shared_files)" ] || fail 'manual pages in CI' "$tmp/out"
  ci=false run_install "$1" "$script" --version 90.0.0 --to "$tmp/prefix/bin" || fail 'not installed' "$tmp/out"
  [ -n "$(shared_files)" ] || fail 'CI=false has an effect' "$tmp/out"
  run_install "$1" "$script" --version 90.0.0 --to "$tmp/prefix/programs" || fail 'not installed' "$tmp/out"
  grep -qF "installed no completions and manual pages: $tmp/prefix/programs is not called bin" "$tmp/out" || fail 'no reason' "$tmp/out"
  # Nothing of this makes an installation fail.
  rm -rf "$tmp/prefix"
  run_install "$1" "$script" --version 89.0.0 --to "$tmp/prefix/bin" || fail 'not installed without completions' "$tmp/out"
  grep -q "warning: no completions for bash in $tmp/prefix/.*: error: no such command" "$tmp/out" || fail 'no warning' "$tmp/out"
  grep -q 'warning: no manual pages in .*: error: no such command' "$tmp/out" || fail 'no warning' "$tmp/out"
  [ -z "$(shared_files)" ] || fail 'something was left behind' "$tmp/out"
  rm -rf "$tmp/prefix"
  mkdir -p "$tmp/prefix"
  touch "$tmp/prefix/share"
  run_install "$1" "$script" --version 90.0.0 --to "$tmp/prefix/bin" || fail 'not installed without a place for completions' "$tmp/out"
  [ "$(grep -c 'install.sh: warning: no .* in ' "$tmp/out")" = 4 ] || fail 'no warnings' "$tmp/out"
}
# Links, pipes and folders where files should be, and folders that other users may write.
test_places() { # SHELL
  local share=$tmp/prefix/share
  rm -rf "$tmp/prefix" "$tmp/precious"
  mkdir -p "$share"/{bash-completion/completions,fish/vendor_completions.d/buildhook.fish,zsh/site-functions,man/man1} "$tmp/precious"
  echo precious >"$tmp/precious/file"
  chmod 600 "$tmp/precious/file"
  ln -s "$tmp/precious/file" "$share/bash-completion/completions/buildhook"
  ln -s "$tmp/precious" "$share/zsh/site-functions/_buildhook"
  ln -s "$tmp/precious/file" "$share/man/man1/buildhook.1"
  mkfifo "$share/man/man1/buildhook-finished.1"
  run_install "$(command -v timeout) 60 $1" "$script" --version 90.0.0 --to "$tmp/prefix/bin" || fail 'not installed' "$tmp/out"
  [ "$(stat -c %a "$tmp/precious/file") $(cat "$tmp/precious/file")" = '600 precious' ] || fail 'a link was followed' "$tmp/out"
  [ "$(ls -A "$tmp/precious")" = file ] || fail 'a file was written into the folder that a link names' "$tmp/out"
  for file in bash-completion/completions/buildhook man/man1/buildhook.1 man/man1/buildhook-finished.1; do
    [[ -f $share/$file && ! -L $share/$file ]] || fail "$file was not replaced" "$tmp/out"
  done
  grep -q 'warning: no completions for fish in .*: .*/buildhook.fish is a folder$' "$tmp/out" || fail 'no warning' "$tmp/out"
  grep -q 'warning: no completions for zsh in .*: .*/_buildhook is a folder$' "$tmp/out" || fail 'no warning' "$tmp/out"
  grep -qxF "installed completions for bash, manual pages in $share" "$tmp/out" || fail 'wrong report' "$tmp/out"
  [ -z "$(find "$tmp/prefix" -name '.buildhook.*')" ] || fail 'something was left behind' "$tmp/out"

  chmod o+w "$share/man/man1"
  chmod +t "$share/man/man1"
  run_install "$1" "$script" --version 90.0.0 --to "$tmp/prefix/bin" || fail 'not installed' "$tmp/out"
  grep -q 'warning: no manual pages in .*: other users may write to .*/man1$' "$tmp/out" || fail 'no warning' "$tmp/out"
  chmod o-w,-t "$share/man/man1"
  [ "$(id -u)" = 0 ] || return 0
  chown 40001 "$share/man" "$share/zsh/site-functions"
  run_install "$1" "$script" --version 90.0.0 --to "$tmp/prefix/bin" || fail 'not installed' "$tmp/out"
  for place in share/man zsh/site-functions; do
    grep -q "warning: no .* in .*: .*/$place belongs to another user\$" "$tmp/out" || fail "no warning for $place" "$tmp/out"
  done
  chown 0 "$share/man" "$share/zsh/site-functions"
}
# Root installs into /usr/local/bin.
other_user=(env)
[ "$(id -u)" != 0 ] || other_user=("$(command -v setpriv)" --reuid 40001 --clear-groups)
for shell in "$(command -v dash)" "$(command -v busybox) sh"; do
  search=$tmp/with-curl
  expect_success 'did not verify the attestation: gh is not installed' "$shell" "$script"
  expect_success "verified the SHA-256 checksum of $archive, from $mirror/download/v$version/SHA256SUMS" "$shell" "$script"
  expect_success 'from this script' "$shell" "$tmp/released.sh"
  expect_success 'SHA256SUMS' "$shell" "$tmp/released.sh" --version v94.0.0
  expect_failure 'the archive has buildhook 1.0.0, not 95.0.0; nothing installed' "$shell" "$script" --version 95.0.0
  expect_failure 'the program does not run from .*; nothing installed' "$shell" "$script" --version 96.0.0
  mkdir -p "$tmp/taken/buildhook"
  run_install "$shell" "$script" --to "$tmp/taken" && fail 'a folder was replaced' "$tmp/out"
  [ "$(find "$tmp/taken" | wc -l)" = 2 ] || fail 'a folder was filled' "$tmp/out"
  # shellcheck disable=SC2086
  env -i PATH="$search" CURL_CA_BUNDLE="$tmp/ca.pem" "${other_user[@]}" $shell "$script" --from "$mirror" >"$tmp/out" 2>&1 &&
    fail 'installed without a home' "$tmp/out"
  grep -q 'HOME is not set; choose a folder with --to' "$tmp/out" || fail 'the missing home is not named' "$tmp/out"
  run_install "$shell" "$script" --to "$tmp/to" --version "$version" || fail 'an installed program is not replaced' "$tmp/out"
  expect_failure 'checksum of .* is .*, expected .*; nothing installed' "$shell" "$script" --version 91.0.0
  expect_failure 'checksum of .* is .*, expected .*; nothing installed' "$shell" "$tmp/other-release.sh"
  expect_failure 'no checksum for .* in this script; nothing installed' "$shell" "$tmp/other-targets.sh"
  expect_failure 'cannot download .*/SHA256SUMS; nothing installed' "$shell" "$script" --version v92.0.0
  expect_failure 'checksum of' "$shell" "$script" --version v93.0.0
  expect_failure 'cannot download' "$shell" "$script" --version v99.9.9
  for option in --to --version --from; do
    expect_failure "$option needs a value" "$shell" "$script" "$option" ''
  done
  for wrong in newest latest 1.0 '1.0.0/../..'; do
    expect_failure "invalid version .*; expected a version such as $version" "$shell" "$script" --version "$wrong"
  done
  expect_failure 'expected one that starts with https://' "$shell" "$script" --from "http${mirror#https}"
  expect_failure 'unknown option --to-folder' "$shell" "$script" --to-folder x
  test_documents "$shell"
  # shellcheck disable=SC2086 # `busybox sh` must split
  for script_in in "$script" "$tmp/released.sh"; do
    env -i PATH="$search" $shell -s -- --help <"$script_in" >"$tmp/out" 2>&1 || fail 'no help when piped' "$tmp/out"
    cat "$script_in" | env -i PATH="$search" $shell -s -- -h | cmp - "$tmp/out" || fail 'other help through a pipe' "$tmp/out"
    for option in --version --to --from --checksum-only --program-only; do
      grep -q -e "^  $option  " "$tmp/out" || fail "the help lacks $option" "$tmp/out"
    done
  done

  search=$tmp/no-curl
  expect_success 'from this script' "$shell" "$tmp/released.sh"
  expect_failure 'without curl none can be trusted; nothing installed' "$shell" "$script"
  search=$tmp/pdp11:$tmp/with-curl
  expect_failure 'no release for pdp11' "$shell" "$script"
  search=$tmp/old-gh:$tmp/with-curl
  expect_success 'did not verify the attestation: this needs gh 2.67 or newer' "$shell" "$script"
  search=$tmp/gh:$tmp/with-curl
  expect_success 'verified the attestation: built by the release workflow of buildhook/buildhook from its main branch' "$shell" "$script"
  expect_failure 'cannot download .*/buildhook.sigstore.json; nothing installed' "$shell" "$script" --version 94.0.0
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
for option in --repo\ buildhook/buildhook --signer-workflow\ buildhook/buildhook/.github/workflows/release.yml \
  --source-ref\ refs/heads/main --deny-self-hosted-runners --hostname\ github.com; do
  grep -q -e "attestation verify .*/$archive --bundle .* $option" "$tmp/gh.log" || fail "gh is not asked for $option" "$tmp/gh.log"
done
echo 'install: checksums of the script and of the release, attestations, truncated files, unknown versions and architectures, plain HTTP,
  completions and manual pages, under dash and busybox, with curl and wget'
