#!/usr/bin/env bash
# Events go through tinyproxy and squid, Debian's packages: with and without a password, to http and through a tunnel to https.
. "$(dirname "$0")/lib.sh"
needs nginx openssl python3 squid tinyproxy

cd "$work"
printf 'subjectAltName=DNS:localhost\n' >extensions
{
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 20 -subj '/CN=Private authority'
  openssl req -newkey rsa:2048 -nodes -keyout site.key -out site.csr -subj '/CN=localhost'
  openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out site.pem -days 20 -extfile extensions
} 2>openssl.log || fail 'openssl made no certificates' openssl.log
plain=$(free_port) secure=$(free_port) tiny=$(free_port) squid=$(free_port)
cat >nginx.conf <<NGINX
daemon off;
pid $work/nginx.pid;
error_log $work/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $work/body; proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
  server { listen 127.0.0.1:$plain; location / { access_log $work/access.log; return 204; } }
  server {
    listen 127.0.0.1:$secure ssl;
    ssl_certificate $work/site.pem;
    ssl_certificate_key $work/site.key;
    location / { access_log $work/access.log; return 204; }
  }
}
NGINX
cat >tinyproxy.conf <<CONF
Port $tiny
Listen 127.0.0.1
Timeout 30
LogFile "$work/tinyproxy.log"
BasicAuth proxy-user proxy-password
CONF
cat >squid.conf <<CONF
http_port 127.0.0.1:$squid
http_access allow all
access_log none
cache_log $work/squid.log
cache deny all
pid_filename $work/squid.pid
coredump_dir $work
CONF
chmod 777 "$work"
servers=()
nginx -c "$work/nginx.conf" -e "$work/error.log" 2>nginx.log &
servers+=($!)
tinyproxy -d -c "$work/tinyproxy.conf" >tinyproxy.out 2>&1 &
servers+=($!)
squid -N -f "$work/squid.conf" >squid.out 2>&1 &
servers+=($!)
trap 'status=$?; kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null; rm -rf "$work"; exit $status' EXIT
for port in "$plain" "$secure" "$tiny" "$squid"; do wait_for_port "$port"; done

taken() { # NAME=VALUE…
  in_job BUILDHOOK_CA_FILE="$work/ca.pem" "$@" "$buildhook" triggered 2>stderr || fail "not taken: $*" stderr tinyproxy.log squid.log
}
with_password=http://proxy-user:proxy-password@127.0.0.1:$tiny
taken BUILDHOOK_URL="http://localhost:$plain/hooks" HTTP_PROXY="$with_password"
taken BUILDHOOK_URL="https://localhost:$secure/hooks" HTTPS_PROXY="$with_password"
taken BUILDHOOK_URL="https://localhost:$secure/hooks" ALL_PROXY="http://127.0.0.1:$squid"
taken BUILDHOOK_URL="http://localhost:$plain/hooks" http_proxy="http://127.0.0.1:$squid"
[ "$(grep -c 'CONNECT\|POST' tinyproxy.log)" -ge 2 ] || fail 'nothing went through tinyproxy' tinyproxy.log
taken BUILDHOOK_URL="http://localhost:$plain/hooks" HTTP_PROXY=http://127.0.0.1:1 NO_PROXY=localhost
taken BUILDHOOK_URL="http://127.0.0.1:$plain/hooks" HTTP_PROXY=http://127.0.0.1:1 NO_PROXY=127.0.0.0/8

status=0
in_job BUILDHOOK_URL="https://localhost:$secure/hooks" BUILDHOOK_CA_FILE="$work/ca.pem" \
  HTTPS_PROXY="http://proxy-user:wrong-password@127.0.0.1:$tiny" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] || fail "a wrong password ended with $status, not 3" stderr
grep -q 'the proxy refused' stderr || fail 'that the proxy refused is not told' stderr
! grep -q 'wrong-password' stderr || fail 'the password shows' stderr
in_job BUILDHOOK_URL="https://localhost:$secure/hooks" BUILDHOOK_CA_FILE="$work/ca.pem" HTTPS_PROXY="$with_password" \
  "$buildhook" endpoints --check >checked 2>stderr || fail 'endpoints --check does not go through the proxy' checked stderr
grep -q "127.0.0.1:$tiny .*TLSv1_[23] .* 127.0.0.1:$tiny " checked || fail 'the proxy is not told' checked
[ "$(wc -l <access.log)" = 6 ] || fail 'not every event arrived' access.log
echo 'proxies: http and https through tinyproxy with a password and through squid without; a wrong password is told, NO_PROXY heeded'
