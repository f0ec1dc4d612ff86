#!/usr/bin/env bash
# Compares the details that buildhook reads with those of each format's own tools: aapt, apksigner, plistutil, rpm, dpkg-deb,
# msiinfo, unsquashfs, readelf and file.
. "$(dirname "$0")/lib.sh"
require aapt aapt2 apksigner dpkg-deb file keytool mksquashfs msiinfo plistutil readelf rpm rpmbuild unsquashfs wixl zipalign python3

framework=/usr/share/android-framework-res/framework-res.apk
[ -f "$framework" ] || fail "$framework not found: install android-framework-res"
cd "$tmp"

# apk: compiled by aapt, signed with each scheme.
mkdir -p res/values lib/arm64-v8a lib/armeabi-v7a
cat >AndroidManifest.xml <<'XML'
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="com.example.interop"
    android:versionCode="1234567" android:versionName="@string/version">
  <uses-sdk android:minSdkVersion="21" android:targetSdkVersion="29" />
  <application android:label="@string/label" android:debuggable="true" />
</manifest>
XML
printf '<resources><string name="version">3.2.1-rc.1</string><string name="label">Interop</string></resources>' >res/values/values.xml
touch lib/arm64-v8a/libapp.so lib/armeabi-v7a/libapp.so
aapt package -f -M AndroidManifest.xml -S res -I "$framework" -F packed.apk >aapt.log 2>&1 || fail 'aapt cannot make an apk' aapt.log
aapt add packed.apk lib/arm64-v8a/libapp.so lib/armeabi-v7a/libapp.so >>aapt.log || fail 'aapt cannot add libraries' aapt.log
zipalign 4 packed.apk unsigned.apk
keytool -genkeypair -keystore keys -storepass secret1 -keyalg RSA -keysize 2048 -validity 2 -alias key -dname CN=Interop \
  >keytool.log 2>&1 || fail 'keytool cannot make a key' keytool.log
for schemes in 1 2 3 1,2,3; do
  flags=()
  for scheme in 1 2 3; do
    case ,$schemes, in *,$scheme,*) enabled=true ;; *) enabled=false ;; esac
    flags+=("--v$scheme-signing-enabled" "$enabled")
  done
  apksigner sign --ks keys --ks-pass pass:secret1 "${flags[@]}" --min-sdk-version 21 --out "v$schemes.apk" unsigned.apk \
    2>sign.log || fail "apksigner cannot sign with v$schemes" sign.log
done
"$buildhook" inspect --json ./*.apk >apks.json || fail 'cannot inspect an apk'
for apk in ./*.apk; do
  aapt dump badging "$apk" >"$apk.badging" 2>/dev/null || fail "aapt cannot read $apk"
  apksigner verify --min-sdk-version 28 "$apk" >"$apk.verified" 2>&1 && echo yes >"$apk.signed" || echo no >"$apk.signed"
done
python3 - <<'PYTHON' || fail 'buildhook differs from aapt or apksigner'
import json, re
for apk in json.load(open("apks.json")):
    name, info = apk["filename"], apk["android_info"]
    badging = open(f"{name}.badging").read()
    field = lambda pattern: re.search(pattern, badging).group(1)
    assert info["package_name"] == field(r"package: name='([^']*)'"), name
    assert str(info["version_code"]) == field(r"versionCode='([^']*)'"), name
    assert info["version_name"] == field(r"versionName='([^']*)'"), name
    assert str(info["minimum_api"]) == field(r"sdkVersion:'([^']*)'"), name
    assert str(info["target_api"]) == field(r"targetSdkVersion:'([^']*)'"), name
    assert info["is_debuggable"] == ("application-debuggable" in badging), name
    abis = {"arm64-v8a": "arm64v8", "armeabi-v7a": "armv7"}
    native = [abis[abi] for abi in re.findall(r"'([^']*)'", field(r"native-code: (.*)"))]
    assert [a["identifier"] for a in apk["architectures"]] == native, name
    # apksigner rejects a v1 signature alone for API level 28 and above.
    signed = open(f"{name}.signed").read().strip() == "yes"
    assert info["package_signed"] == signed or name == "v1.apk", (name, info["package_signed"], signed)
    assert info["package_signed"] == (name not in ("unsigned.apk", "packed.apk")), name
PYTHON

# aab: the same manifest, compiled to protobuf by aapt2.
aapt2 compile --dir res -o resources.zip && aapt2 link --proto-format -o proto.apk -I "$framework" \
  --manifest AndroidManifest.xml resources.zip 2>aapt2.log || fail 'aapt2 cannot make a bundle' aapt2.log
python3 - <<'PYTHON'
import zipfile
with zipfile.ZipFile("proto.apk") as apk, zipfile.ZipFile("app.aab", "w") as aab:
    aab.writestr("base/manifest/AndroidManifest.xml", apk.read("AndroidManifest.xml"))
    aab.writestr("base/resources.pb", apk.read("resources.pb"))
PYTHON
"$buildhook" inspect --json app.aab unsigned.apk >bundle.json || fail 'cannot inspect the bundle'
python3 - <<'PYTHON' || fail 'the bundle differs from the apk with the same manifest'
import json
aab, apk = (file["android_info"] for file in json.load(open("bundle.json")))
assert aab == apk, (aab, apk)
PYTHON

# ipa: the same property list as XML, and as binary by plistutil.
python3 - <<'PYTHON'
import plistlib
info = {"CFBundleIdentifier": "com.example.interop", "CFBundleName": "Ünï ✓ & <App>", "CFBundleShortVersionString": "7.8.9",
        "CFBundleVersion": "20251117", "MinimumOSVersion": "15.0", "CFBundleSupportedPlatforms": ["iPhoneOS"],
        "Long": ["x" * 300] * 300, "Large": 2**40, "Nested": {"a": {"b": [True, False]}}}
plistlib.dump(info, open("Info.plist", "wb"))
PYTHON
plistutil -i Info.plist -o Info.bin -f bin || fail 'plistutil cannot make a binary property list'
python3 - <<'PYTHON'
import zipfile
for form in ("plist", "bin"):
    with zipfile.ZipFile(f"{form}.ipa", "w", zipfile.ZIP_DEFLATED) as ipa:
        ipa.write(f"Info.{form}", "Payload/Interop.app/Info.plist")
PYTHON
"$buildhook" inspect --json plist.ipa bin.ipa >ipas.json || fail 'cannot inspect an ipa'
python3 - <<'PYTHON' || fail 'the binary property list differs from the XML one'
import json
one, other = (ipa["ios_info"] for ipa in json.load(open("ipas.json")))
assert one == other, (one, other)
assert one["bundle_name"] == "Ünï ✓ & <App>" and one["bundle_version"] == "20251117", one
PYTHON

# rpm: built by rpmbuild.
cat >interop.spec <<'SPEC'
Name: interop
Version: 4.5.6
Release: 7.el9
Summary: Interop
License: MIT
%description
Interop
%files
SPEC
for target in x86_64 aarch64 noarch; do
  rpmbuild -bb --target "$target" --define "_topdir $tmp/rpm" interop.spec >rpm.log 2>&1 || fail "rpmbuild cannot make a package for $target" rpm.log
done
for rpm in rpm/RPMS/*/*.rpm; do
  cp "$rpm" package.rpm
  read=$("$buildhook" inspect --json package.rpm | python3 -c '
import json, sys
rpm = json.load(sys.stdin)[0]
names = {"x64": "x86_64", "arm64v8": "aarch64"}
print(rpm["version"], rpm["build_number"], *[names[a["identifier"]] for a in rpm["architectures"]] or ["noarch"])')
  [ "$read" = "$(rpm -qp --qf '%{VERSION} %{RELEASE} %{ARCH}' package.rpm)" ] || fail "$rpm: buildhook reads $read, rpm something else"
done

# deb: with each compression of dpkg-deb, and one from Debian.
mkdir -p deb/DEBIAN deb/usr/share/interop
printf 'Package: interop\nVersion: 2:4.5.6-7\nArchitecture: arm64\nMaintainer: Interop <user@example.com>\nDescription: interop\n' \
  >deb/DEBIAN/control
for compression in none gzip xz zstd; do
  dpkg-deb "-Z$compression" -b deb "$compression.deb" >/dev/null || fail "dpkg-deb cannot compress with $compression"
done
if ! apt-get -q download hello >apt.log 2>&1; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get -q update >apt.log 2>&1 && apt-get -q download hello >>apt.log 2>&1 || fail 'cannot download a deb' apt.log
fi
debs=(*.deb)
for deb in "${debs[@]}"; do
  read=$("$buildhook" inspect --json "$deb" | python3 -c '
import json, sys
deb = json.load(sys.stdin)[0]
names = {"x64": "amd64", "arm64v8": "arm64", "x86": "i386", "armv7": "armhf", "risc-v64": "riscv64"}
print(deb["version"], deb["build_number"], *[names[a["identifier"]] for a in deb["architectures"]] or ["all"])')
  version=$(dpkg-deb -I "$deb" | sed -n 's/^ Version: //p')
  version=${version#*:}
  upstream=${version%-*}
  [[ $upstream == *.*.* ]] || upstream=$upstream.0
  expected="$upstream ${version##*-} $(dpkg-deb -I "$deb" | sed -n 's/^ Architecture: //p')"
  [ "$read" = "$expected" ] || fail "$deb: dpkg-deb reads $expected, buildhook $read"
done

# msi: built by wixl.
echo content >part
cat >interop.wxs <<'XML'
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" UpgradeCode="12345678-1234-1234-1234-111111111111" Name="Interop" Version="3.4.5" Manufacturer="Interop" Language="1033">
    <Package InstallerVersion="200" Compressed="yes" />
    <Media Id="1" Cabinet="interop.cab" EmbedCab="yes" />
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Component Id="Part" Guid="12345678-1234-1234-1234-222222222222"><File Id="File" Source="part" /></Component>
    </Directory>
    <Feature Id="Full" Level="1"><ComponentRef Id="Part" /></Feature>
  </Product>
</Wix>
XML
for architecture in x86 x64; do
  wixl -a "$architecture" -o interop.msi interop.wxs 2>wixl.log || fail 'wixl cannot make an msi' wixl.log
  read=$("$buildhook" inspect --json interop.msi | python3 -c '
import json, sys
msi = json.load(sys.stdin)[0]
print(msi["version"], *[{"x64": "x64", "x86": "Intel"}[a["identifier"]] for a in msi["architectures"]])')
  expected="$(msiinfo export interop.msi Property | tr -d '\r' | sed -n 's/^ProductVersion\t//p') $(
    msiinfo suminfo interop.msi | sed -n 's/^Template: \([^;]*\);.*/\1/p')"
  [ "$read" = "$expected" ] || fail "msi: msiinfo reads $expected, buildhook $read"
done

# snap: a SquashFS image of many files, with small and large blocks.
mkdir -p snap/meta
printf "name: interop\nversion: '6.7.8'\narchitectures:\n- riscv64\n" >snap/meta/snap.yaml
for number in $(seq 2000); do echo "$number" >"snap/meta/file-$number"; done
for options in '-comp gzip' '-comp xz -b 4K' '-comp zstd -b 1M' '-noI -noD -noF' '-comp xz -no-fragments'; do
  # shellcheck disable=SC2086 # several options
  mksquashfs snap interop.snap $options -noappend -quiet -no-progress || fail "mksquashfs cannot make an image with $options"
  read=$("$buildhook" inspect --json interop.snap | python3 -c '
import json, sys
snap = json.load(sys.stdin)[0]
print(snap["version"], *[{"risc-v64": "riscv64"}[a["identifier"]] for a in snap["architectures"]])')
  expected=$(unsquashfs -cat interop.snap meta/snap.yaml | sed -n "s/^version: '\(.*\)'/\1/p; s/^- //p" | paste -sd' ')
  [ "$read" = "$expected" ] || fail "snap with $options: unsquashfs reads $expected, buildhook $read"
done

# Programs and libraries of this system.
checked=0
for file in /bin/ls /bin/sh /usr/bin/openssl /usr/lib/*/libssl.so.3 "$buildhook"; do
  machine=$(readelf -h "$file" | sed -n 's/^ *Machine: *//p')
  case $machine in
    *X86-64*) expected=x64 ;;
    *AArch64*) expected=arm64v8 ;;
    *) continue ;;
  esac
  cp "$file" ./program
  read=$("$buildhook" inspect --json program | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["architectures"][0]["identifier"])')
  [ "$read" = "$expected" ] || fail "$file: readelf reads $machine, buildhook $read"
  case $expected-$(file -b program) in
    x64-*x86-64* | arm64v8-*aarch64*) ;;
    *) fail "$file: file reads $(file -b program), buildhook $read" ;;
  esac
  checked=$((checked + 1))
done
[ "$checked" -gt 0 ] || fail 'no program was checked'
echo "artifacts: 6 apks, 1 aab, 2 ipas, 3 rpms, ${#debs[@]} debs, 2 msis, 5 snaps and $checked programs match their tools"
