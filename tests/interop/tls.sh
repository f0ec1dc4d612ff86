#!/usr/bin/env bash
# TLS with a self-signed certificate, with client certificates that nginx and openssl demand, and with a missing trust store. curl
# has to agree.
. "$(dirname "$0")/lib.sh"
require curl nginx openssl python3

cd "$tmp"
self_signed() { # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 20 \
    -subj '/CN=localhost' -addext 'subjectAltName=DNS:localhost' "${@:2}"
}
client() { # NAME KEY-OPTIONS…
  openssl req "${@:2}" -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.pem" -days 20
}
{
  self_signed authority
  self_signed plain -addext 'basicConstraints=critical,CA:FALSE'
  self_signed impostor
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 20 -subj '/CN=Clients'
  client rsa -newkey rsa:2048
  client ecdsa -newkey ec -pkeyopt ec_paramgen_curve:P-256
  client ed25519 -newkey ed25519
  self_signed stranger
  openssl ec -in ecdsa.key -out sec1.key
  openssl rsa -in rsa.key -traditional -out pkcs1.key
} 2>openssl.log || fail 'openssl could not create the certificates' openssl.log
authority=$(free_port) plain=$(free_port) mutual=$(free_port) alert=$(free_port)
server() { # PORT CERTIFICATE [DIRECTIVES]
  printf 'server { listen 127.0.0.1:%s ssl; ssl_certificate %s/%s.pem; ssl_certificate_key %s/%s.key; %s location / { access_log %s/access.log; return 204; } }\n' \
    "$1" "$tmp" "$2" "$tmp" "$2" "${3:-}" "$tmp"
}
cat >nginx.conf <<NGINX
daemon off;
pid $tmp/nginx.pid;
error_log $tmp/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy;
  fastcgi_temp_path $tmp/fastcgi; uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi;
  $(server "$authority" authority)
  $(server "$plain" plain)
  $(server "$mutual" plain "ssl_verify_client on; ssl_client_certificate $tmp/ca.pem;")
}
NGINX
nginx -c "$tmp/nginx.conf" -e "$tmp/error.log" 2>nginx.log &
server_pids+=($!)
# Refuses clients without a certificate during the handshake.
openssl s_server -accept "127.0.0.1:$alert" -cert plain.pem -key plain.key -Verify 1 -CAfile ca.pem -verify_return_error -www \
  >s_server.log 2>&1 &
server_pids+=($!)
for port in "$authority" "$plain" "$mutual" "$alert"; do wait_for_port "$port"; done

# expect STATUS PORT CA [NAME=VALUE…]: delivers, or does not; so does curl.
expect() {
  local expected=$1 port=$2 ca=$3 status=0 curl_status=0
  shift 3
  gitlab_job BUILDHOOK_URL="https://localhost:$port/hooks" BUILDHOOK_CA_FILE="$tmp/$ca.pem" "$@" "$buildhook" triggered 2>stderr || status=$?
  [ "$status" = "$expected" ] || fail "port $port with $ca.pem and $*: exit code $status, expected $expected" stderr
  local identity=() variable
  for variable; do
    case $variable in
      BUILDHOOK_CLIENT_CERT=*) identity+=(--cert "${variable#*=}") ;;
      BUILDHOOK_CLIENT_KEY=*) identity+=(--key "${variable#*=}") ;;
    esac
  done
  env -i PATH="$PATH" curl -sS --fail --cacert "$ca.pem" "${identity[@]}" -d x "https://localhost:$port/hooks" >/dev/null 2>curl.log || curl_status=1
  [ "$((status > 0))" = "$curl_status" ] || fail "curl does not agree on port $port with $ca.pem and $*" stderr curl.log
}
expect 0 "$authority" authority
expect 0 "$plain" plain
expect 3 "$authority" impostor
expect 3 "$plain" authority

for pair in rsa:rsa rsa:pkcs1 ecdsa:ecdsa ecdsa:sec1 ed25519:ed25519; do
  expect 0 "$mutual" plain BUILDHOOK_CLIENT_CERT="$tmp/${pair%:*}.pem" BUILDHOOK_CLIENT_KEY="$tmp/${pair#*:}.key"
done
expect 3 "$mutual" plain
expect 3 "$mutual" plain BUILDHOOK_CLIENT_CERT="$tmp/stranger.pem" BUILDHOOK_CLIENT_KEY="$tmp/stranger.key"
expect 3 "$mutual" plain BUILDHOOK_CLIENT_CERT="$tmp/rsa.pem" BUILDHOOK_CLIENT_KEY="$tmp/ecdsa.key"
status=0
gitlab_job BUILDHOOK_URL="https://localhost:$alert/" BUILDHOOK_CA_FILE="$tmp/plain.pem" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] && grep -q 'set client_cert and client_key' stderr || fail "no client certificate: exit code $status" stderr
for port in "$mutual" "$alert"; do
  status=0
  gitlab_job BUILDHOOK_URL="https://localhost:$port/" BUILDHOOK_CA_FILE="$tmp/plain.pem" "$buildhook" doctor >checked 2>stderr || status=$?
  [ "$status" = 3 ] && grep -q 'set client_cert and client_key' stderr || fail "doctor without a client certificate: exit code $status" checked stderr
  gitlab_job BUILDHOOK_URL="https://localhost:$port/" BUILDHOOK_CA_FILE="$tmp/plain.pem" BUILDHOOK_CLIENT_CERT="$tmp/rsa.pem" \
    BUILDHOOK_CLIENT_KEY="$tmp/rsa.key" "$buildhook" doctor >checked 2>stderr || fail 'doctor with a client certificate' checked stderr
done

for variable in SSL_CERT_FILE SSL_CERT_DIR; do
  status=0
  gitlab_job BUILDHOOK_URL="https://localhost:$plain/" "$variable=$tmp/missing" "$buildhook" triggered 2>stderr || status=$?
  [ "$status" = 3 ] && grep -q "$variable=$tmp/missing has no readable certificate" stderr || fail "a missing $variable: exit code $status" stderr
done
gitlab_job BUILDHOOK_URL="https://localhost:$authority/" SSL_CERT_FILE="$tmp/authority.pem" "$buildhook" triggered 2>stderr ||
  fail 'the self-signed certificate in SSL_CERT_FILE is not trusted' stderr
status=0
gitlab_job BUILDHOOK_URL="https://localhost:$authority/" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] && grep -q 'the certificate is self-signed.*BUILDHOOK_CA_FILE' stderr || fail "an unknown self-signed certificate: $status" stderr
for certificate in authority plain; do
  gitlab_job BUILDHOOK_URL="https://localhost:${!certificate}/" BUILDHOOK_CA_FILE="$tmp/$certificate.pem" "$buildhook" doctor --json \
    >checked 2>stderr || fail "doctor with a $certificate certificate" checked stderr
  grep -q '"certificate_until": "20' checked || fail "no date of the $certificate certificate" checked
done

# Certificates of the checkout are not trusted.
mkdir -p checkout/.git checkout/certificates
cp authority.pem checkout/
cp authority.pem "checkout/certificates/$(openssl x509 -subject_hash -noout -in authority.pem).0"
for named in SSL_CERT_FILE=checkout/authority.pem SSL_CERT_DIR=checkout/certificates; do
  variable=${named%%=*}
  status=0
  gitlab_job BUILDHOOK_URL="https://localhost:$authority/" "$variable=$tmp/${named#*=}" "$buildhook" triggered 2>stderr || status=$?
  [ "$status" = 3 ] || fail "$variable in the checkout: exit code $status" stderr
  gitlab_job BUILDHOOK_URL="https://localhost:$authority/" "$variable=$tmp/${named#*=}" BUILDHOOK_TRUST_WORKSPACE=true "$buildhook" triggered \
    2>stderr || fail "$variable in a trusted checkout" stderr
done
echo 'tls: self-signed certificates, client certificates (RSA, ECDSA, Ed25519; PKCS #1, #8 and SEC 1) and missing trust stores, as curl does'
