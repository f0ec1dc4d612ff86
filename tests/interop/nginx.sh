#!/usr/bin/env bash
# nginx, Debian's package, receives over TLS 1.2 and 1.3, with RSA and ECDSA certificates of a private authority. What
# it logs of body and signature is checked with openssl.
. "$(dirname "$0")/lib.sh"
needs nginx openssl python3

secret=a-shared-secret
cd "$work"
certificate() { # NAME KEY-OPTIONS...
  local name=$1
  shift
  openssl req "$@" -nodes -keyout "$name.key" -out "$name.csr" -subj '/CN=localhost'
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$name.pem" -days 2 -extfile extensions
}
{
  printf 'subjectAltName=DNS:localhost\n' >extensions
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=Private authority'
  certificate rsa -newkey rsa:2048
  certificate ecdsa -newkey ec -pkeyopt ec_paramgen_curve:P-256
} 2>openssl.log || fail 'openssl made no certificates' openssl.log

port=$(free_port) modern=$(free_port) inner=$(free_port)
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
    ssl_protocols TLSv1.2;
    ssl_certificate $work/rsa.pem;
    ssl_certificate_key $work/rsa.key;
    location / { proxy_pass http://127.0.0.1:$inner; access_log $work/access.log signed; }
  }
  server {
    listen 127.0.0.1:$modern ssl;
    ssl_protocols TLSv1.3;
    ssl_certificate $work/ecdsa.pem;
    ssl_certificate_key $work/ecdsa.key;
    location / { proxy_pass http://127.0.0.1:$inner; access_log $work/access.log signed; }
  }
  server { listen 127.0.0.1:$inner; location / { return 204; } }
}
NGINX
nginx -c "$work/nginx.conf" -e "$work/error.log" 2>nginx.log &
server=$!
wait_for_port "$port"
wait_for_port "$modern"
url=https://localhost:$port/hooks

in_job BUILDHOOK_URL="$url" BUILDHOOK_URL_2="https://localhost:$modern/hooks" BUILDHOOK_SECRET="$secret" \
  BUILDHOOK_SECRET_2="$secret" BUILDHOOK_CA_FILE="$work/ca.pem" "$buildhook" triggered 2>stderr ||
  fail 'the event was not taken over TLS' stderr error.log
grep -q 'localhost    build/triggered  204 in' stderr || fail 'the outcome is not told' stderr
grep -q 'localhost-2  build/triggered  204 in' stderr || fail 'the outcome is not told' stderr
while read -r event signature body; do
  [ "$event" = build/triggered ] || fail "the event's name arrived as '$event'" access.log
  expected=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" | sed 's/^.* //')
  [ "$signature" = "$expected" ] || fail "openssl signs with $expected" access.log
done <access.log

status=0
in_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET="$secret" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] || fail "an unknown authority ended with $status, not 3" stderr
grep -q 'the certificate is from an unknown authority; if it is your own, name its PEM file in BUILDHOOK_CA_FILE' stderr ||
  fail 'what to do is not told' stderr
status=0
in_job BUILDHOOK_URL="https://127.0.0.1:$port/hooks" BUILDHOOK_CA_FILE="$work/ca.pem" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] || fail "a certificate for another name ended with $status, not 3" stderr
grep -q 'the certificate is for another name' stderr || fail 'what to do is not told' stderr
[ "$(wc -l <access.log)" = 2 ] || fail 'an event arrived over a connection that is not trusted' access.log
echo 'nginx: 1 event each taken over TLS 1.2 (RSA) and 1.3 (ECDSA), signatures checked by openssl; unknown authority and wrong name refused'
