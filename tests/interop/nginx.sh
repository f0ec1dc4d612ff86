#!/usr/bin/env bash
# nginx, Debian's package, receives over TLS 1.2 and 1.3, with RSA and ECDSA certificates of a private authority, one that is
# expired and one for another name, and behind a limit of requests. What it logs of body and signature is checked with
# openssl.
. "$(dirname "$0")/lib.sh"
needs nginx openssl python3 unshare

secret=a-shared-secret
cd "$work"
certificate() { # NAME KEY-OPTIONS...
  local name=$1
  shift
  openssl req "$@" -nodes -keyout "$name.key" -out "$name.csr" -subj '/CN=localhost'
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$name.pem" -days "$days" -extfile "$names"
}
{
  printf 'subjectAltName=DNS:localhost\n' >extensions
  printf 'subjectAltName=DNS:other.example\n' >other-name
  days=2 names=extensions
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=Private authority'
  certificate rsa -newkey rsa:2048
  certificate ecdsa -newkey ec -pkeyopt ec_paramgen_curve:P-256
  names=other-name certificate wrong -newkey ec -pkeyopt ec_paramgen_curve:P-256
  days=-1 certificate expired -newkey ec -pkeyopt ec_paramgen_curve:P-256
} 2>openssl.log || fail 'openssl made no certificates' openssl.log

port=$(free_port) modern=$(free_port) inner=$(free_port)
expired=$(free_port) wrong=$(free_port) limited=$(free_port)
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
  server {
    listen 127.0.0.1:$expired ssl;
    ssl_certificate $work/expired.pem;
    ssl_certificate_key $work/expired.key;
    location / { return 204; }
  }
  server {
    listen 127.0.0.1:$wrong ssl;
    ssl_certificate $work/wrong.pem;
    ssl_certificate_key $work/wrong.key;
    location / { return 204; }
  }
  limit_req_zone \$server_port zone=one:1m rate=2r/s;
  server {
    listen 127.0.0.1:$limited;
    location / { limit_req zone=one; limit_req_status 429; proxy_pass http://127.0.0.1:$inner; }
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
refused() { # PORT EXPECTED
  status=0
  in_job BUILDHOOK_URL="https://localhost:$1/hooks" BUILDHOOK_CA_FILE="$work/ca.pem" "$buildhook" triggered 2>stderr || status=$?
  [ "$status" = 3 ] || fail "$2 ended with $status, not 3" stderr
  grep -q "$2" stderr || fail "it is not told that $2" stderr
}
refused "$wrong" 'the certificate is for another name'
refused "$expired" 'the certificate is expired or not yet valid'
[ "$(wc -l <access.log)" = 2 ] || fail 'an event arrived over a connection that is not trusted' access.log

# The authority in the system's store, which is that of a mount namespace here.
cat >in-store.sh <<SCRIPT
mount --bind "$work/ca.pem" /etc/ssl/certs/ca-certificates.crt
exec env -i PATH="\$PATH" BUILDHOOK_STATE_DIR="$work/state" BUILDHOOK_URL="$url" "$buildhook" triggered
SCRIPT
unshare --user --map-root-user --mount sh in-store.sh 2>stderr || fail "the authority in the system's store is not trusted" stderr

# A limit of two a second: what comes too soon is tried again.
for number in 1 2 3; do
  in_job BUILDHOOK_URL="http://localhost:$limited/hooks" BUILDHOOK_RETRIES=10 "$buildhook" triggered 2>>limited ||
    fail 'an event did not come through the limit' limited
done
grep -q '204 in .*attempt' limited || fail 'nothing was tried again' limited

# What is told before a pipeline depends on it.
status=0
in_job BUILDHOOK_URL="$url" BUILDHOOK_NAME=good BUILDHOOK_URL_2="https://localhost:$expired/" BUILDHOOK_NAME_2=expired \
  BUILDHOOK_URL_3="https://localhost:$wrong/" BUILDHOOK_NAME_3=wrong BUILDHOOK_URL_4="http://localhost:$(free_port)/" \
  BUILDHOOK_NAME_4=nobody BUILDHOOK_CA_FILE="$work/ca.pem" "$buildhook" endpoints --check >checked 2>stderr || status=$?
[ "$status" = 3 ] || fail "endpoints --check ended with $status, not 3" checked stderr
until=$(date -u -d "$(openssl x509 -in rsa.pem -noout -enddate | cut -d= -f2)" +%F)
grep -Eq "^good +yes +127.0.0.1:$port +TLSv1_2 +$until " checked || fail 'the good one is not told' checked stderr
grep -q 'expired: TLS: the certificate is expired' stderr || fail 'the expired one is not told' checked stderr
grep -q 'wrong: TLS: the certificate is for another name' stderr || fail 'the wrong one is not told' checked stderr
grep -q 'nobody: connection refused' stderr || fail 'the missing one is not told' checked stderr
grep -q 'good: its certificate ends in less than 14 days' stderr || fail 'the near end is not told' checked stderr
[ "$(wc -l <access.log)" = 3 ] || fail 'endpoints --check posted something' access.log
echo 'nginx: events taken over TLS 1.2 (RSA) and 1.3 (ECDSA), signatures checked by openssl; authority by file and by store; unknown
  authority, expired certificate and wrong name refused; a limit of requests waited for; endpoints --check tells them apart'
