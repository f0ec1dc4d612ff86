#!/usr/bin/env bash
# Delivers to Debian's nginx over TLS 1.2 and 1.3, with RSA and ECDSA certificates from a private CA, an expired certificate and
# one for another name, and through a rate limit. openssl verifies the signatures that nginx logs.
. "$(dirname "$0")/lib.sh"
require nginx openssl python3 unshare

secret=a-shared-secret
cd "$tmp"
certificate() { # NAME KEY-OPTIONS…
  local name=$1
  shift
  openssl req "$@" -nodes -keyout "$name.key" -out "$name.csr" -subj '/CN=localhost'
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$name.pem" -days "$days" -extfile "$names"
}
{
  printf 'subjectAltName=DNS:localhost\n' >extensions
  printf 'subjectAltName=DNS:other.example\n' >other-name
  days=2 names=extensions
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=Private CA'
  certificate rsa -newkey rsa:2048
  certificate ecdsa -newkey ec -pkeyopt ec_paramgen_curve:P-256
  names=other-name certificate wrong -newkey ec -pkeyopt ec_paramgen_curve:P-256
  days=-1 certificate expired -newkey ec -pkeyopt ec_paramgen_curve:P-256
} 2>openssl.log || fail 'openssl could not create the certificates' openssl.log

port=$(free_port) modern=$(free_port) inner=$(free_port)
expired=$(free_port) wrong=$(free_port) limited=$(free_port)
cat >nginx.conf <<NGINX
daemon off;
pid $tmp/nginx.pid;
error_log $tmp/error.log;
events {}
http {
  log_format connections '\$connection \$ssl_session_reused';
  log_format signed escape=none '\$http_x_webhook_event \$http_x_webhook_signature \$request_body';
  access_log off;
  client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy;
  fastcgi_temp_path $tmp/fastcgi; uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi;
  server {
    listen 127.0.0.1:$port ssl;
    ssl_protocols TLSv1.2;
    ssl_certificate $tmp/rsa.pem;
    ssl_certificate_key $tmp/rsa.key;
    location / { proxy_pass http://127.0.0.1:$inner; access_log $tmp/access.log signed; }
  }
  server {
    listen 127.0.0.1:$modern ssl;
    ssl_protocols TLSv1.3;
    ssl_certificate $tmp/ecdsa.pem;
    ssl_certificate_key $tmp/ecdsa.key;
    location / { proxy_pass http://127.0.0.1:$inner; access_log $tmp/access.log signed; }
    location /kept { return 204; access_log $tmp/connections.log connections; }
    location /closed { return 204; keepalive_timeout 0; access_log $tmp/connections.log connections; }
  }
  server {
    listen 127.0.0.1:$expired ssl;
    ssl_certificate $tmp/expired.pem;
    ssl_certificate_key $tmp/expired.key;
    location / { return 204; }
  }
  server {
    listen 127.0.0.1:$wrong ssl;
    ssl_certificate $tmp/wrong.pem;
    ssl_certificate_key $tmp/wrong.key;
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
nginx -c "$tmp/nginx.conf" -e "$tmp/error.log" 2>nginx.log &
server_pids+=($!)
wait_for_port "$port"
wait_for_port "$modern"
url=https://localhost:$port/hooks

gitlab_job BUILDHOOK_URL="$url" BUILDHOOK_URL_2="https://localhost:$modern/hooks" BUILDHOOK_SECRET="$secret" \
  BUILDHOOK_SECRET_2="$secret" BUILDHOOK_CA_FILE="$tmp/ca.pem" "$buildhook" triggered 2>stderr ||
  fail 'the event was not delivered over TLS' stderr error.log
grep -q '^✓ delivered  build/triggered  to localhost    204 in' stderr || fail 'the delivery is not reported' stderr
grep -q '^✓ delivered  build/triggered  to localhost-2  204 in' stderr || fail 'the delivery is not reported' stderr
while read -r event signature body; do
  [ "$event" = build/triggered ] || fail "x-webhook-event is $event, expected build/triggered" access.log
  expected=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" | sed 's/^.* //')
  [ "$signature" = "$expected" ] || fail "x-webhook-signature is $signature, openssl computes $expected" access.log
done <access.log

status=0
gitlab_job BUILDHOOK_URL="$url" BUILDHOOK_SECRET="$secret" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] || fail "unknown CA: exit code $status, expected 3" stderr
grep -q 'unknown certificate authority; for a private CA, set BUILDHOOK_CA_FILE to its PEM file' stderr ||
  fail 'the error does not mention BUILDHOOK_CA_FILE' stderr
expect_refused() { # PORT MESSAGE
  status=0
  gitlab_job BUILDHOOK_URL="https://localhost:$1/hooks" BUILDHOOK_CA_FILE="$tmp/ca.pem" "$buildhook" triggered 2>stderr || status=$?
  [ "$status" = 3 ] || fail "$2: exit code $status, expected 3" stderr
  grep -q "$2" stderr || fail "not reported: $2" stderr
}
expect_refused "$wrong" 'certificate is for another host name'
expect_refused "$expired" 'certificate expired or not yet valid'
[ "$(wc -l <access.log)" = 2 ] || fail 'an event was sent over an untrusted connection' access.log

# Put the CA into the system trust store, in a mount namespace.
cat >with-system-ca.sh <<SCRIPT
mount --bind "$tmp/ca.pem" /etc/ssl/certs/ca-certificates.crt
exec env -i PATH="\$PATH" BUILDHOOK_STATE_DIR="$tmp/state" BUILDHOOK_URL="$url" "$buildhook" triggered
SCRIPT
unshare --user --map-root-user --mount sh with-system-ca.sh 2>stderr || fail 'a CA in the system trust store is not trusted' stderr

# Connections are few and kept. Where the server closes them, TLS sessions are resumed.
mkdir files
for number in $(seq 40); do echo "$number" >"files/$number.bin"; done
for path in kept closed; do
  gitlab_job BUILDHOOK_URL="https://localhost:$modern/$path" BUILDHOOK_CA_FILE="$tmp/ca.pem" "$buildhook" created 'files/*.bin' \
    >created 2>stderr || fail "40 events were not delivered to /$path" stderr
  sleep 0.2
  [ "$(wc -l <connections.log)" = 40 ] || fail "/$path did not get 40 events" connections.log
  connections=$(cut -d' ' -f1 connections.log | sort -u | wc -l)
  resumed=$(grep -c ' r$' connections.log || true)
  case $path in
    kept) [ "$connections" -le 4 ] || fail "40 events took $connections connections" connections.log ;;
    closed) [ "$resumed" -ge 36 ] || fail "only $resumed of 40 TLS sessions were resumed" connections.log ;;
  esac
  : >connections.log
done

# The limit is two requests a second; rejected attempts (429) are retried.
for _ in 1 2 3; do
  gitlab_job BUILDHOOK_URL="http://localhost:$limited/hooks" BUILDHOOK_RETRIES=10 "$buildhook" triggered 2>>rate-limited ||
    fail 'an event was not delivered through the rate limit' rate-limited
done
grep -q '204 in .*attempt' rate-limited || fail 'no attempt was retried' rate-limited

status=0
gitlab_job BUILDHOOK_URL="$url" BUILDHOOK_NAME=good BUILDHOOK_URL_2="https://localhost:$expired/" BUILDHOOK_NAME_2=expired \
  BUILDHOOK_URL_3="https://localhost:$wrong/" BUILDHOOK_NAME_3=wrong BUILDHOOK_URL_4="http://localhost:$(free_port)/" \
  BUILDHOOK_NAME_4=closed BUILDHOOK_CA_FILE="$tmp/ca.pem" "$buildhook" doctor >checked 2>stderr || status=$?
[ "$status" = 3 ] || fail "doctor: exit code $status, expected 3" checked stderr
until=$(date -u -d "$(openssl x509 -in rsa.pem -noout -enddate | cut -d= -f2)" +%F)
grep -Eq "^  reached +127.0.0.1:$port by TLS 1.2 in " checked || fail 'the good endpoint is not listed' checked stderr
grep -q ", until $until (" checked || fail 'the end of the certificate is not shown' checked stderr
grep -q 'expired: TLS: certificate expired' stderr || fail 'the expired certificate is not reported' checked stderr
grep -q 'wrong: TLS: certificate is for another host name' stderr || fail 'the wrong name is not reported' checked stderr
grep -q 'closed: connection refused' stderr || fail 'the closed port is not reported' checked stderr
grep -q 'good: the certificate expires in less than 14 days' stderr || fail 'the expiry within 14 days is not reported' checked stderr
[ "$(wc -l <access.log)" = 3 ] || fail 'doctor sent a request' access.log
echo 'nginx: delivered over TLS 1.2 (RSA) and 1.3 (ECDSA), signatures verified by openssl; CA from a file and from the system;
  unknown CA, expired certificate and wrong name refused; rate limit respected; connections kept and
  TLS sessions resumed; doctor reports each'
