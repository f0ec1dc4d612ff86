#!/usr/bin/env bash
# Delivers through Debian's tinyproxy (with a password) and squid (without), to http and https receivers.
. "$(dirname "$0")/lib.sh"
require nginx openssl python3 squid tinyproxy

cd "$tmp"
printf 'subjectAltName=DNS:localhost\n' >extensions
{
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 20 -subj '/CN=Private CA'
  openssl req -newkey rsa:2048 -nodes -keyout site.key -out site.csr -subj '/CN=localhost'
  openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out site.pem -days 20 -extfile extensions
} 2>openssl.log || fail 'openssl could not create the certificates' openssl.log
http_port=$(free_port) https_port=$(free_port) tinyproxy_port=$(free_port) squid_port=$(free_port)
cat >nginx.conf <<NGINX
daemon off;
pid $tmp/nginx.pid;
error_log $tmp/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy;
  fastcgi_temp_path $tmp/fastcgi; uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi;
  server { listen 127.0.0.1:$http_port; location / { access_log $tmp/access.log; return 204; } }
  server {
    listen 127.0.0.1:$https_port ssl;
    ssl_certificate $tmp/site.pem;
    ssl_certificate_key $tmp/site.key;
    location / { access_log $tmp/access.log; return 204; }
  }
}
NGINX
cat >tinyproxy.conf <<CONF
Port $tinyproxy_port
Listen 127.0.0.1
Timeout 30
LogFile "$tmp/tinyproxy.log"
BasicAuth proxy-user proxy-password
CONF
cat >squid.conf <<CONF
http_port 127.0.0.1:$squid_port
http_access allow all
access_log none
cache_log $tmp/squid.log
cache deny all
pid_filename $tmp/squid.pid
coredump_dir $tmp
CONF
chmod 777 "$tmp"
nginx -c "$tmp/nginx.conf" -e "$tmp/error.log" 2>nginx.log &
server_pids+=($!)
tinyproxy -d -c "$tmp/tinyproxy.conf" >tinyproxy.out 2>&1 &
server_pids+=($!)
squid -N -f "$tmp/squid.conf" >squid.out 2>&1 &
server_pids+=($!)
for port in "$http_port" "$https_port" "$tinyproxy_port" "$squid_port"; do wait_for_port "$port"; done

deliver() { # NAME=VALUE…
  gitlab_job BUILDHOOK_CA_FILE="$tmp/ca.pem" "$@" "$buildhook" triggered 2>stderr || fail "not delivered with $*" stderr tinyproxy.log squid.log
}
with_password=http://proxy-user:proxy-password@127.0.0.1:$tinyproxy_port
deliver BUILDHOOK_URL="http://localhost:$http_port/hooks" HTTP_PROXY="$with_password"
deliver BUILDHOOK_URL="https://localhost:$https_port/hooks" HTTPS_PROXY="$with_password"
deliver BUILDHOOK_URL="https://localhost:$https_port/hooks" ALL_PROXY="http://127.0.0.1:$squid_port"
deliver BUILDHOOK_URL="http://localhost:$http_port/hooks" http_proxy="http://127.0.0.1:$squid_port"
[ "$(grep -c 'CONNECT\|POST' tinyproxy.log)" -ge 2 ] || fail 'no request went through tinyproxy' tinyproxy.log
deliver BUILDHOOK_URL="http://localhost:$http_port/hooks" HTTP_PROXY=http://127.0.0.1:1 NO_PROXY=localhost
deliver BUILDHOOK_URL="http://127.0.0.1:$http_port/hooks" HTTP_PROXY=http://127.0.0.1:1 NO_PROXY=127.0.0.0/8

status=0
gitlab_job BUILDHOOK_URL="https://localhost:$https_port/hooks" BUILDHOOK_CA_FILE="$tmp/ca.pem" \
  HTTPS_PROXY="http://proxy-user:wrong-password@127.0.0.1:$tinyproxy_port" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] || fail "wrong password: exit code $status, expected 3" stderr
grep -q 'proxy refused' stderr || fail 'the refusal is not reported' stderr
! grep -q 'wrong-password' stderr || fail 'the password is printed' stderr
gitlab_job BUILDHOOK_URL="https://localhost:$https_port/hooks" BUILDHOOK_CA_FILE="$tmp/ca.pem" HTTPS_PROXY="$with_password" \
  "$buildhook" endpoints --check >checked 2>stderr || fail 'endpoints --check failed through the proxy' checked stderr
grep -q "127.0.0.1:$tinyproxy_port .*TLSv1_[23] .* 127.0.0.1:$tinyproxy_port " checked || fail 'the proxy is not listed' checked
[ "$(wc -l <access.log)" = 6 ] || fail 'expected six requests' access.log
echo 'proxies: http and https through tinyproxy with a password and squid without; wrong password reported, NO_PROXY respected'
