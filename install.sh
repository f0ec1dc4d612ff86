#!/bin/sh
# Downloads a buildhook release for this machine, verifies it and installs the program, with completions for shells and manual pages.
# Needs tar; curl or wget; and sha256sum, shasum or openssl. `install.sh --help` lists the options.
#
# The SHA-256 checksum of the archive is always verified: against this script if it is part of the release, else against the
# release's SHA256SUMS, which needs curl. Where `gh` 2.67 or newer is installed, it also verifies the attestation: that the release
# workflow of the repository built the archive from its main branch.
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
Downloads a buildhook release, verifies it and installs it.

install.sh [--version X.Y.Z] [--to FOLDER] [--from URL] [--checksum-only] [--program-only]

  --version         release to install; default: the one that this script belongs to
  --to              folder to install into; default: /usr/local/bin for root, else ~/.local/bin
  --from            URL of the releases; default: https://github.com/buildhook/buildhook/releases
  --checksum-only   do not verify the attestation, for machines where `gh` cannot reach GitHub
  --program-only    install no completions and manual pages; this is the default in CI jobs (where CI is set)

Completions for bash, fish and zsh and the manual pages go to ../share of a folder that is called bin.
USAGE
}

main() {
  version=$script_version
  folder=
  releases_url=https://github.com/$repository/releases
  verifies_attestation=true
  with_documents=true
  case ${CI-} in '' | false | 0) ;; *) with_documents=false ;; esac
  while [ $# -gt 0 ]; do
    case $1 in
      --version | --to | --from)
        [ -n "${2-}" ] || fail "$1 needs a value"
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
      --program-only)
        with_documents=false
        shift
        ;;
      -h | --help)
        usage
        exit
        ;;
      *) fail "unknown option $1; expected --version, --to, --from, --checksum-only or --program-only" ;;
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
    if [ "$(id -u)" = 0 ]; then folder=/usr/local/bin; else folder=${HOME:+$HOME/.local/bin}; fi
    [ -n "$folder" ] || fail 'HOME is not set; choose a folder with --to'
  fi
  case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
  while :; do
    case $folder in ?*/) folder=${folder%/} ;; *) break ;; esac
  done
  find_target
  find_tools

  tmp=$(mktemp -d)
  new=
  trap 'rm -rf "$tmp" ${new:+"$new"}' EXIT
  trap 'exit 1' HUP INT TERM
  release_url=$releases_url/download/v$version
  download "$release_url/$archive" "$tmp/$archive" || fail "cannot download $release_url/$archive; nothing installed"
  verify_checksum
  verify_attestation
  install_program
  [ "$with_documents" = false ] || install_documents
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
    *) fail "no release for $os; build from source with: cargo install --locked buildhook" ;;
  esac
  case $architecture in
    x86_64 | amd64) target=x86_64-$target_suffix ;;
    aarch64 | arm64) target=aarch64-$target_suffix ;;
    *) fail "no release for $architecture; build from source with: cargo install --locked buildhook" ;;
  esac
  archive=buildhook-$target.tar.gz
}

find_tools() { # defines download and sha256
  command -v tar >/dev/null 2>&1 || fail 'cannot unpack: install tar'
  if command -v curl >/dev/null 2>&1; then
    download() { curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$2" "$1"; }
  elif command -v wget >/dev/null 2>&1; then
    # It follows redirects to http://, and busybox's verifies no certificate: only checksums that the script knows count.
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
}

verify_checksum() {
  expected=
  if [ "$version" = "$script_version" ] && [ -n "$script_checksums" ]; then
    source='this script'
    expected=$(printf '%s\n' "$script_checksums" | sed -n "s/^$archive \([0-9a-f]\{64\}\)\$/\1/p")
  else
    source=$release_url/SHA256SUMS
    command -v curl >/dev/null 2>&1 || fail "this script has no checksum for $version, and without curl none can be trusted; nothing installed"
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
  elif ! gh_is_new; then
    echo 'did not verify the attestation: this needs gh 2.67 or newer'
  else
    bundle=$release_url/buildhook.sigstore.json
    download "$bundle" "$tmp/bundle.json" || fail "cannot download $bundle; nothing installed"
    gh attestation verify "$tmp/$archive" --bundle "$tmp/bundle.json" --hostname github.com --repo "$repository" \
      --signer-workflow "$repository/.github/workflows/release.yml" --source-ref refs/heads/main --deny-self-hosted-runners \
      >"$tmp/gh.log" 2>&1 || {
      sed 's/^/  gh: /' "$tmp/gh.log" >&2
      fail "gh could not verify the attestation of $archive; nothing installed (--checksum-only skips this)"
    }
    printf 'verified the attestation: built by the release workflow of %s from its main branch\n' "$repository"
  fi
}

# Before 2.67, gh reports success if there is no attestation of the right kind.
gh_is_new() {
  gh_version=$(gh --version 2>/dev/null | sed -n 's/^gh version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  [ -n "$gh_version" ] && [ "${gh_version% *}" -ge 2 ] && { [ "${gh_version% *}" -gt 2 ] || [ "${gh_version#* }" -ge 67 ]; }
}

install_program() {
  tar -xzf "$tmp/$archive" -C "$tmp" || fail "cannot unpack $archive"
  [ -f "$tmp/$program" ] || fail "no $program in $archive"
  [ ! -d "$folder/$program" ] || fail "$folder/$program is a folder; nothing installed"
  mkdir -p -- "$folder" || fail "cannot create $folder; nothing installed"
  # Copy, then rename: a running program cannot be overwritten, and an interrupted copy must not look installed.
  new=$(mktemp "$folder/.$program.XXXXXX") || fail "cannot write in $folder; nothing installed"
  cp "$tmp/$program" "$new" || fail "cannot write in $folder; nothing installed"
  chmod 755 "$new"
  installed=$("$new" --version) || fail "the program does not run from $folder; nothing installed"
  [ "$installed" = "buildhook $version" ] || fail "the archive has $installed, not $version; nothing installed"
  mv -f "$new" "$folder/$program" || fail "cannot write in $folder; nothing installed"
  printf 'installed %s in %s\n' "$installed" "$folder"
  case :$PATH: in
    *":$folder:"*) ;;
    *) printf 'add %s to your PATH to run buildhook by name\n' "$folder" ;;
  esac
}

# Completions and manual pages, by asking the program. Whatever fails here is a warning: the program is installed.
install_documents() {
  case $folder in
    */bin) ;;
    *)
      printf 'installed no completions and manual pages: %s is not called bin\n' "$folder"
      return
      ;;
  esac
  share=${folder%/bin}/share
  installed_documents=
  add_completion bash "$share/bash-completion/completions/buildhook"
  add_completion fish "$share/fish/vendor_completions.d/buildhook.fish"
  add_completion zsh "$share/zsh/site-functions/_buildhook"
  add_manual "$share/man/man1"
  [ -z "$installed_documents" ] || printf 'installed %s in %s\n' "${installed_documents#, }" "$share"
}

add_completion() { # SHELL FILE
  if "$folder/$program" completions "$1" </dev/null >"$tmp/completion" 2>"$tmp/error" && [ -s "$tmp/completion" ] &&
    put "$tmp/completion" "$2" 2>"$tmp/error"; then
    installed_documents="$installed_documents, completions for $1"
  else
    warn "no completions for $1" "$2"
  fi
}

add_manual() { # FOLDER
  if "$folder/$program" man --dir "$tmp/man" </dev/null >"$tmp/error" 2>&1 && [ -f "$tmp/man/buildhook.1" ]; then
    for page in "$tmp/man"/*.1; do
      put "$page" "$1/${page##*/}" 2>"$tmp/error" || {
        warn 'no manual pages' "$1"
        return
      }
    done
    installed_documents="$installed_documents, manual pages"
  else
    warn 'no manual pages' "$1"
  fi
}

# Writes under another name and renames, so that what is at the destination, such as a link or a pipe, is replaced and not followed.
put() { # FILE DESTINATION
  mkdir -p -- "${2%/*}" || return
  place=$(cd -P -- "${2%/*}" && pwd -P) || return
  refuse_writable "$place" || return
  if [ -d "$2" ]; then
    printf '%s is a folder\n' "$2" >&2
    return 1
  fi
  new=$(mktemp "$place/.buildhook.XXXXXX") || return
  if cp "$1" "$new" && chmod 644 "$new" && mv -f "$new" "$place/${2##*/}"; then
    new=
  else
    rm -f "$new"
    return 1
  fi
}

# Fails if other users may write to a folder. For root, also if another user owns it, or may replace it.
refuse_writable() { # FOLDER
  current=$1
  while :; do
    listed=$(LC_ALL=C ls -ldn -- "$current") || return
    mode=${listed%% *}
    owner=$(printf '%s\n' "$listed" | sed -n '1s/^[^ ]* *[^ ]* *\([^ ]*\) .*/\1/p')
    case $mode in
      # In a folder with the sticky bit, such as /tmp, only the owner of a folder can replace it.
      d???????w[tT]*) [ "$current" != "$1" ] || mode=writable ;;
      d???????w*) mode=writable ;;
    esac
    if [ "$mode" = writable ]; then
      printf 'other users may write to %s\n' "$current" >&2
      return 1
    fi
    [ "$(id -u)" = 0 ] || return 0
    if [ "$owner" != 0 ]; then
      printf '%s belongs to another user\n' "$current" >&2
      return 1
    fi
    [ "$current" != / ] || return 0
    current=${current%/*}
    current=${current:-/}
  done
}

warn() { # MESSAGE DESTINATION
  printf 'install.sh: warning: %s in %s: %s\n' "$1" "$2" "$(sed -n 1p "$tmp/error")" >&2
}

# In the last line, so that a script that was cut off does nothing.
main "$@"
