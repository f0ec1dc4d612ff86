#!/usr/bin/env bash
# Checks the peak memory of reading artifacts: 15 MB for ordinary files of any size, 64 MB for files made to use as much as possible.
. "$(dirname "$0")/lib.sh"
require mksquashfs python3 zstd /usr/bin/time

cd "$tmp"
truncate -s 2G ordinary.bin
python3 - <<'PYTHON'
import io, lzma, os, plistlib, struct, zipfile, zlib

def archive(name, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(name, "w", method, compresslevel=1) as file:
        for entry, content in files.items():
            file.writestr(entry, content)

MIB = 1 << 20

def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])

def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content

# Ordinary archives: many files of realistic sizes.
archive("ordinary.apk", {f"res/{n}.png": os.urandom(2000) for n in range(20000)} | {"AndroidManifest.xml": b"x"})
archive("ordinary.ipa", {f"Payload/A.app/{n}": b"x" for n in range(20000)}
        | {"Payload/A.app/Info.plist": plistlib.dumps({"CFBundleIdentifier": "com.example.app"})})

# An app bundle whose manifest has as many attributes as possible and refers to a resource table of the largest size.
attribute = field(4, field(6, b"\x3a\x02\x30\x00"))
version = field(4, field(2, b"versionName") + field(6, field(1, b"\x10" + varint(0x7F010000))))
element = field(3, b"manifest") + version + attribute * ((4 * MIB - 4096) // len(attribute))
archive("attributes.aab", {"base/manifest/AndroidManifest.xml": field(1, element), "base/resources.pb": bytes(24 * MIB)})
element = field(3, b"manifest") + version + field(5, field(1, b"")) * ((4 * MIB - 4096) // 4)
archive("children.aab", {"base/manifest/AndroidManifest.xml": field(1, element), "base/resources.pb": bytes(24 * MIB)})

# An apk whose manifest has as many strings as possible and refers to a resource table of the largest size.
count = (4 * MIB - 8192) // 8
pool = struct.pack("<HHIIIIII", 1, 28, 28 + count * 8, count, 0, 256, 28 + count * 4, 0) + bytes(count * 8)
names = struct.pack("<IIHHIHHH", 0, 0, 20, 20, 1, 0, 0, 0)
start = struct.pack("<HHII", 0x0102, 16, 0, 0)
xml = pool + start
archive("strings.apk", {"AndroidManifest.xml": struct.pack("<HHI", 3, 8, 8 + len(xml)) + xml, "resources.arsc": bytes(24 * MIB)})

# Property lists with as many values as possible.
small = b"<integer>1</integer>"
xml = b"<plist><dict>" + b"<key>a</key>" + b"<array>" + small * ((4 * MIB - 200) // len(small)) + b"</array></dict></plist>"
archive("values.ipa", {"Payload/A.app/Info.plist": xml})
archive("text.ipa", {"Payload/A.app/Info.plist": b"<plist><dict><key>a</key><string>" + b"&amp;" * (4 * MIB // 5 - 100) + b"</string></dict></plist>"})
binary = plistlib.dumps({"a": list(range(300000))}, fmt=plistlib.FMT_BINARY)
archive("values-binary.ipa", {"Payload/A.app/Info.plist": binary[: 4 * MIB]})
archive("bomb.ipa", {"Payload/A.app/Info.plist": bytes(512 * MIB)})

# An archive whose entries have the longest possible names.
with open("names.ipa", "wb") as file:
    name = b"n" * 65535
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 0, 0, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
    for _ in range(2000):
        file.write(entry)
    file.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2000, 2000, len(entry) * 2000, 0, 0))

# Packages whose control file needs a window of the largest size that is accepted, and larger.
def deb(name, suffix, control):
    def member(name, content):
        return b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(content)) + content + b"\n" * (len(content) % 2)
    open(name, "wb").write(b"!<arch>\n" + member(b"debian-binary", b"2.0\n") + member(b"control.tar." + suffix, control))

tar = b"x" * 100 + bytes(24) + b"%011o\0" % (60 * MIB) + bytes(376) + os.urandom(MIB) * 60
open("tar", "wb").write(tar)
for window in (8, 64):
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": window * MIB}]
    deb(f"xz-{window}.deb", b"xz", lzma.compress(tar, filters=filters))

# A compound file whose sector chains form loops.
characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
def stream(name, kind=2):
    return struct.pack("<64sHB49xIQ", name, len(name) + 2, kind, 2, 1 << 40)
def table(name):
    codes = [characters.index(character) for character in name]
    pairs = [0x3800 + a + (b << 6) for a, b in zip(codes[::2], codes[1::2])]
    return struct.pack(f"<{len(pairs) + 1}H", 0x4840, *pairs)
names = ["\5SummaryInformation".encode("utf-16-le"), *map(table, ("_StringPool", "_StringData", "Property"))]
directory = b"".join(stream(name) for name in names)
header = struct.pack("<8s16x4H12x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 62, 3, 0xFFFE, 9, 1, 1, 0, 4096, 2, 1, 0xFFFFFFFE, 0, 0) + b"\xff" * 432
sectors = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, 2, *[2] * 125) + directory + b"\1\0\1\0" * 128
open("chains.msi", "wb").write(header + sectors)
PYTHON
mkdir -p snap/meta
python3 -c 'import os; open("snap/meta/snap.yaml", "wb").write(b"version: 1.2.3\n" + os.urandom((1 << 20) - 100))'
mksquashfs snap blocks.snap -b 4K -comp xz -noappend -quiet -no-progress
rm -r snap
for window in 24 27; do
  zstd -q --fast=1 --long=$window -c tar >"tar-$window.zst"
  python3 - "$window" <<'PYTHON'
import sys
window = sys.argv[1]
control = open(f"tar-{window}.zst", "rb").read()
member = lambda name, content: b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(content)) + content + b"\n" * (len(content) % 2)
open(f"zstd-{window}.deb", "wb").write(b"!<arch>\n" + member(b"debian-binary", b"2.0\n") + member(b"control.tar.zst", control))
PYTHON
done
rm tar tar-*.zst

most=0
for file in *; do
  case $file in
    ordinary.*) limit=15 ;;
    *) limit=64 ;;
  esac
  /usr/bin/time --format=%M --output=used "$buildhook" inspect "$file" >out 2>&1 || true
  used=$(tail -1 used)
  grep -q "^filename" out || fail "cannot inspect $file" out
  [ "$used" -le $((limit * 1024)) ] || fail "$file takes $used KB; the limit is $limit MB" out
  [ -z "${VERBOSE:-}" ] || echo "$file: $used KB $(grep -o 'cannot read.*' out || true)"
  [ "$used" -le "$most" ] || most=$used
done

# Many files and endpoints: neither memory nor threads grow with their product.
mkdir many
for number in $(seq 1000); do head -c 1000 /dev/urandom >"many/$number.bin"; done
start_receiver received
used=$(gitlab_job BUILDHOOK_URL="$url" BUILDHOOK_URL_2="$url" BUILDHOOK_URL_3="$url" BUILDHOOK_URL_4="$url" BUILDHOOK_URL_5="$url" \
  BUILDHOOK_DEADLINE=120s python3 - "$buildhook" <<'PYTHON'
import subprocess, sys, time
process = subprocess.Popen([sys.argv[1], "created", "many/*.bin"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
kilobytes = threads = 0
while process.poll() is None:
    status = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status"))
    kilobytes = max(kilobytes, int(status.get("VmHWM", "0 kB").split()[0]))
    threads = max(threads, int(status.get("Threads", "0")))
    time.sleep(0.01)
print(process.returncode, kilobytes, threads)
PYTHON
)
read -r status kilobytes threads <<<"$used"
[ "$status" = 0 ] || fail "1,000 files to 5 endpoints: exit code $status"
[ "$kilobytes" -le 20480 ] || fail "1,000 files to 5 endpoints take $kilobytes KB; the limit is 20 MB"
[ "$threads" -le 40 ] || fail "1,000 files to 5 endpoints take $threads threads; the limit is 40"
rm -r many received
count=$(find . -mindepth 1 -maxdepth 1 ! -name used ! -name out | wc -l)
echo "memory: $count files, $most KB at most; 1,000 files to 5 endpoints: $kilobytes KB, $threads threads"
