#!/usr/bin/env bash
# Delivers through Debian's tinyproxy (with a password) and squid (without), to http and https receivers, over http and https to the
# proxy, and compares with curl.
. "$(dirname "$0")/lib.sh"
require curl nginx openssl python3 squid tinyproxy

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
# TLS in front of a proxy.
cat >tls.py <<'PYTHON'
import socket, ssl, sys, threading

listen, target, certificate, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)

def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass

def serve(client):
    try:
        client = context.wrap_socket(client, server_side=True)
    except OSError:
        return
    proxy = socket.create_connection(("127.0.0.1", target))
    threading.Thread(target=copy, args=(client, proxy), daemon=True).start()
    copy(proxy, client)

server = socket.create_server(("127.0.0.1", listen))
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
PYTHON
tls_tinyproxy_port=$(free_port) tls_squid_port=$(free_port)
python3 tls.py "$tls_tinyproxy_port" "$tinyproxy_port" site.pem site.key &
server_pids+=($!)
python3 tls.py "$tls_squid_port" "$squid_port" site.pem site.key &
server_pids+=($!)
for port in "$http_port" "$https_port" "$tinyproxy_port" "$squid_port" "$tls_tinyproxy_port" "$tls_squid_port"; do wait_for_port "$port"; done

deliver() { # NAME=VALUE…
  gitlab_job BUILDHOOK_CA_FILE="$tmp/ca.pem" "$@" "$buildhook" triggered 2>stderr || fail "not delivered with $*" stderr tinyproxy.log squid.log
}
password="proxy-user:proxy-password"
with_password=http://$password@127.0.0.1:$tinyproxy_port
expected=0
for proxy in "$with_password" "http://127.0.0.1:$squid_port" "https://$password@localhost:$tls_tinyproxy_port" \
  "https://localhost:$tls_squid_port"; do
  for target in "http://localhost:$http_port/hooks" "https://localhost:$https_port/hooks"; do
    deliver BUILDHOOK_URL="$target" ALL_PROXY="$proxy"
    [ "${target%%:*}" = http ] && variable=http_proxy || variable=HTTPS_PROXY
    deliver BUILDHOOK_URL="$target" "$variable=$proxy"
    env -i PATH="$PATH" curl -sS --fail --proxy "$proxy" --proxytunnel --proxy-cacert ca.pem --cacert ca.pem -d x "$target" 2>stderr ||
      fail "curl does not deliver to $target through the proxy ${proxy##*@}" stderr
    gitlab_job BUILDHOOK_URL="$target" BUILDHOOK_CA_FILE="$tmp/ca.pem" ALL_PROXY="$proxy" "$buildhook" doctor >checked 2>stderr ||
      fail "doctor failed for $target through ${proxy##*@}" checked stderr
    expected=$((expected + 3))
  done
done
[ "$(grep -c 'CONNECT\|POST' tinyproxy.log)" -ge 12 ] || fail 'too few requests went through tinyproxy' tinyproxy.log
for case in "localhost $http_port localhost" "127.0.0.1 $http_port 127.0.0.0/8" "localhost. $http_port localhost" \
  "localhost $http_port LOCALHOST." "127.0.0.1 $http_port ::ffff:127.0.0.1" "localhost $http_port *" "localhost $http_port a,localhost:$http_port"; do
  read -r host port list <<<"$case"
  deliver BUILDHOOK_URL="http://$host:$port/hooks" HTTP_PROXY=http://127.0.0.1:1 NO_PROXY="$list"
  expected=$((expected + 1))
done
# The proxy's certificate is verified like a receiver's.
status=0
gitlab_job BUILDHOOK_URL="http://localhost:$http_port/hooks" HTTP_PROXY="https://localhost:$tls_squid_port" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] && grep -q 'unknown certificate authority' stderr || fail "an unknown authority of the proxy: exit code $status" stderr
for proxy in socks5://127.0.0.1:1080 socks5h://u:hidden@127.0.0.1:1080 http://127.0.0.1:badport http://127.0.0.1:-1 http://127.0.0.1:99999 http://127.0.0.1:0; do
  status=0
  gitlab_job BUILDHOOK_URL="http://localhost:$http_port/hooks" HTTP_PROXY="$proxy" "$buildhook" triggered 2>stderr || status=$?
  [ "$status" = 3 ] && grep -q HTTP_PROXY stderr && ! grep -q hidden stderr || fail "$proxy: exit code $status" stderr
done

status=0
gitlab_job BUILDHOOK_URL="https://localhost:$https_port/hooks" BUILDHOOK_CA_FILE="$tmp/ca.pem" \
  HTTPS_PROXY="http://proxy-user:wrong-password@127.0.0.1:$tinyproxy_port" "$buildhook" triggered 2>stderr || status=$?
[ "$status" = 3 ] || fail "wrong password: exit code $status, expected 3" stderr
grep -q 'proxy refused' stderr || fail 'the refusal is not reported' stderr
! grep -q 'wrong-password' stderr || fail 'the password is printed' stderr
gitlab_job BUILDHOOK_URL="https://localhost:$https_port/hooks" BUILDHOOK_CA_FILE="$tmp/ca.pem" HTTPS_PROXY="$with_password" \
  "$buildhook" doctor >checked 2>stderr || fail 'doctor failed through the proxy' checked stderr
grep -Eq "^  proxy +127.0.0.1:$tinyproxy_port$" checked && grep -Eq "^  reached +127.0.0.1:$tinyproxy_port by TLS 1.[23] in " checked || fail 'the proxy is not listed' checked
[ "$(wc -l <access.log)" = "$expected" ] || fail "expected $expected requests" access.log
echo 'proxies: http and https through tinyproxy and squid, over http and https to them, as curl does; refused proxies and NO_PROXY'
