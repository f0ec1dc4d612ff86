#!/usr/bin/env bash
# nginx, Debian's package, receives over TLS with a certificate of a private authority. What it logs of body and
# signature is checked with openssl.
. "$(dirname "$0")/lib.sh"
needs nginx openssl python3

secret=a-shared-secret
cd "$work"
{
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=Private authority'
  openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj '/CN=localhost'
  printf 'subjectAltName=DNS:localhost\n' >extensions
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile extensions
} 2>openssl.log || fail 'openssl made no certificates' openssl.log

port=$(free_port) inner=$(free_port)
cat >nginx.conf <<NGINX
daemon off;
pid $work/nginx.pid;
error_log $work/error.log;
events {}
http {
  log_format signed escape=none '\$http_x_webhook_event \$http_x_webhook_signature \$request_body';
  access_log off;
  client_body_temp_path $work/body; proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
  server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate $work/server.pem;
    ssl_certificate_key $work/server.key;
    location / { proxy_pass http://127.0.0.1:$inner; access_log $work/access.log signed; }
  }
  server { listen 127.0.0.1:$inner; location / { return 204; } }
}
NGINX
nginx -c "$work/nginx.conf" -e "$work/error.log" 2>nginx.log &
server=$!
wait_for_port "$port"
url=https://localhost:$port/hooks

in_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET="$secret" BUILDHOOK_CA_FILE="$work/ca.pem" "$buildhook" triggered \
  2>stderr || fail 'the event was not taken over TLS' stderr error.log
grep -q 'localhost  build/triggered  204 in' stderr || fail 'the outcome is not told' stderr
read -r event signature body <access.log
[ "$event" = build/triggered ] || fail "the event's name arrived as '$event'" access.log
expected=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" | sed 's/^.* //')
[ "$signature" = "$expected" ] || fail "openssl signs with $expected" access.log

status=0
in_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET="$secret" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] || fail "an unknown authority ended with $status, not 3" stderr
grep -q 'the certificate is from an unknown authority; if it is your own, name its PEM file in BUILDHOOK_CA_FILE' stderr ||
  fail 'what to do is not told' stderr
status=0
in_job BUILDHOOK_URL="https://127.0.0.1:$port/hooks" BUILDHOOK_CA_FILE="$work/ca.pem" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] || fail "a certificate for another name ended with $status, not 3" stderr
grep -q 'the certificate is for another name' stderr || fail 'what to do is not told' stderr
[ "$(wc -l <access.log)" = 1 ] || fail 'an event arrived over a connection that is not trusted' access.log
echo 'nginx: 1 event taken over TLS and its signature checked by openssl, unknown authority and wrong name refused'
