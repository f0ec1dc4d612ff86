# What the interop checks share. Sourced, not run. Each check is called with the program's path.
set -euo pipefail

buildhook=$(realpath "${1:?usage: $0 path/to/buildhook}")
work=$(mktemp -d)
server=
# shellcheck disable=SC2086 # there may be several
trap 'status=$?; [ -z "$server" ] || kill $server 2>/dev/null || true; rm -rf "$work"; exit $status' EXIT

fail() {
  printf '%s: FAILED: %s\n' "$(basename "$0")" "$1" >&2
  shift
  for file; do
    [ -f "$file" ] && sed "s|^|  $(basename "$file"): |" "$file" >&2
  done
  exit 1
}

needs() {
  local program
  for program; do
    command -v "$program" >/dev/null || fail "$program is not installed"
  done
}

# A TCP port of the loopback that nobody uses.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits until somebody listens at the port.
wait_for_port() {
  local try
  for try in $(seq 200); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
      return
    fi
    sleep 0.05
  done
  fail "nobody listens at port $1"
}

# Starts a receiver that keeps what it gets in a new folder, and sets `url` to its address. It answers 200 and nothing else, or
# with a status and a body that follow the folder.
start_receiver() {
  local folder=$1 try
  shift
  mkdir "$folder"
  python3 "$(dirname "$0")/receiver.py" "$folder" "$@" &
  server="$server $!"
  for try in $(seq 200); do
    if [ -f "$folder/port" ]; then
      url=http://127.0.0.1:$(cat "$folder/port")/hook
      return
    fi
    sleep 0.05
  done
  fail "the receiver did not start"
}

# A home folder, with what git asks of whoever commits.
be_a_user() {
  export HOME=$work
  git config --global user.name 'A user'
  git config --global user.email user@example.com
  git config --global init.defaultBranch main
}

# A job on GitLab, in an environment with nothing else but what is given as NAME=VALUE before the arguments.
in_job() {
  (cd "$work" && env -i PATH="$PATH" HOME="$work" GITLAB_CI=true CI_PROJECT_PATH=example/app CI_PIPELINE_ID=900 \
    CI_PIPELINE_IID=42 CI_COMMIT_REF_NAME='feature/"quotes" & ünïcode' CI_COMMIT_SHA=ffac537e6cbbf934b08745a378932722df287a53 \
    BUILDHOOK_STATE_DIR="$work/state" BUILDHOOK_RETRIES=0 "$@")
}
