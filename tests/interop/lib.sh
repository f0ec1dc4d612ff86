# shellcheck shell=bash disable=SC2034,SC2154 # sourced by the checks, which use these variables
# Shared by the interop checks; sourced, not run. Each check takes the path of the buildhook program.
set -euo pipefail

buildhook=$(realpath "${1:?usage: $0 path/to/buildhook}")
interop=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
tmp=$(mktemp -d)
server_pids=()
trap 'status=$?; stop_servers; rm -rf "$tmp"; exit $status' EXIT

stop_servers() {
  [ ${#server_pids[@]} != 0 ] || return 0
  kill "${server_pids[@]}" 2>/dev/null || true
  wait "${server_pids[@]}" 2>/dev/null || true
}

# fail MESSAGE [FILE…]: prints the message and the contents of the files, then exits.
fail() {
  printf '%s: FAILED: %s\n' "$(basename "$0")" "$1" >&2
  shift
  for file; do
    [ -f "$file" ] && sed "s|^|  $(basename "$file"): |" "$file" >&2
  done
  exit 1
}

require() { # PROGRAM…
  local program
  for program; do
    command -v "$program" >/dev/null || fail "$program is not installed"
  done
}

# Prints an unused TCP port on 127.0.0.1.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits up to 10 seconds until a server listens on the port.
wait_for_port() {
  local try
  for try in $(seq 200); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
      return
    fi
    sleep 0.05
  done
  fail "nothing listens on port $1"
}

# start_receiver DIR [STATUS BODY [LOCATION]]: starts a receiver that saves each request in DIR, which must not exist, and sets `url`
# to the receiver's URL. It responds with STATUS and BODY; default: 204 without a body.
start_receiver() {
  local dir=$1 try
  shift
  mkdir "$dir"
  python3 "$interop/receiver.py" "$dir" "$@" &
  server_pids+=($!)
  for try in $(seq 200); do
    if [ -f "$dir/port" ]; then
      url=http://127.0.0.1:$(cat "$dir/port")/hook
      return
    fi
    sleep 0.05
  done
  fail 'the receiver did not start'
}

# start_mirror DIR CERTIFICATE KEY: serves the files in DIR over TLS and sets `mirror` to the URL.
start_mirror() {
  local try
  python3 -u - "$@" >"$tmp/mirror-port" 2>"$tmp/mirror.log" <<'PYTHON' &
import functools, http.server, ssl, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port)
server.serve_forever()
PYTHON
  server_pids+=($!)
  for try in $(seq 200); do
    if [ -s "$tmp/mirror-port" ]; then
      mirror=https://localhost:$(cat "$tmp/mirror-port")
      return
    fi
    sleep 0.05
  done
  fail 'the mirror did not start' "$tmp/mirror.log"
}

# Creates a home folder with the settings that git needs to commit.
configure_git() {
  export HOME=$tmp
  git config --global user.name 'A user'
  git config --global user.email user@example.com
  git config --global init.defaultBranch main
}

# gitlab_job [NAME=VALUE…] COMMAND…: runs a command in a GitLab job's environment that contains only the given variables.
gitlab_job() {
  (cd "$tmp" && env -i PATH="$PATH" HOME="$tmp" GITLAB_CI=true CI_PROJECT_PATH=example/app CI_PIPELINE_ID=900 \
    CI_PIPELINE_IID=42 CI_COMMIT_REF_NAME='feature/"quotes"&ünïcode' CI_COMMIT_SHA=ffac537e6cbbf934b08745a378932722df287a53 \
    BUILDHOOK_STATE_DIR="$tmp/state" BUILDHOOK_RETRIES=0 "$@")
}
