#!/usr/bin/env bash
# The static program works where there is nothing else: an empty root folder, with no libraries, no certificates,
# no /tmp and no name service.
. "$(dirname "$0")/lib.sh"
needs unshare chroot python3

if readelf -lW "$buildhook" | grep -q INTERP || readelf -dW "$buildhook" | grep -q NEEDED; then
  fail "$buildhook is not static"
fi
mkdir "$work/root"
cp "$buildhook" "$work/root/buildhook"
port=$(free_port)
cat >"$work/receiver.py" <<'PYTHON'
import http.server, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        open(sys.argv[2], "wb").write(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *arguments):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
PYTHON
python3 "$work/receiver.py" "$port" "$work/body" &
server=$!
wait_for_port "$port"

# As root by itself, else as root of a user namespace.
enter=(env -i PATH=/ BUILDHOOK_SECRET=a-secret GITHUB_ACTIONS=true GITHUB_SHA=ffac537e6cbbf934b08745a378932722df287a53)
inside() {
  if [ "$(id -u)" = 0 ]; then
    "${enter[@]}" "$@"
  else
    unshare --user --map-root-user "${enter[@]}" "$@"
  fi
}
inside BUILDHOOK_URL="http://localhost:$port/hooks" "$(command -v chroot)" "$work/root" /buildhook triggered 2>"$work/stderr" ||
  fail 'the event was not taken' "$work/stderr"
grep -q '"commit_hash":"ffac537e6cbbf934b08745a378932722df287a53"' "$work/body" || fail 'another body arrived' "$work/body"
ls "$work"/root/.buildhook/deliveries/*.json >/dev/null || fail 'the delivery is not recorded'

# Over TLS it has Mozilla's authorities to go by: the handshake is begun, and broken by what is no TLS.
status=0
inside BUILDHOOK_URL="https://localhost:$port/hooks" BUILDHOOK_RETRIES=0 "$(command -v chroot)" "$work/root" /buildhook triggered \
  2>"$work/stderr" || status=$?
[ "$status" = 3 ] || fail "TLS with a receiver that has none ended with $status, not 3" "$work/stderr"
grep -q 'TLS: ' "$work/stderr" || fail 'the error is not told' "$work/stderr"
# A name that does not resolve, where there is no name service either.
status=0
inside BUILDHOOK_URL="http://hooks.invalid/" BUILDHOOK_RETRIES=0 "$(command -v chroot)" "$work/root" /buildhook triggered \
  2>"$work/stderr" || status=$?
[ "$status" = 3 ] || fail "a name that does not resolve ended with $status, not 3" "$work/stderr"
grep -q "the host's name does not resolve; check the URL and this machine's DNS" "$work/stderr" || fail 'it is not told' "$work/stderr"
echo 'empty root: 1 event taken, TLS tried'
