#!/usr/bin/env bash
# What buildhook reads of artifacts is what programs made for them read: Debian's aapt, apksigner, plistutil, rpm, readelf.
. "$(dirname "$0")/lib.sh"
needs aapt apksigner keytool plistutil readelf rpm rpmbuild zipalign python3

framework=/usr/share/android-framework-res/framework-res.apk
[ -f "$framework" ] || fail "$framework is not there: install android-framework-res"
cd "$work"

# apks: one compiled by aapt, signed by each scheme.
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
aapt package -f -M AndroidManifest.xml -S res -I "$framework" -F packed.apk >aapt.log 2>&1 || fail 'aapt made no apk' aapt.log
aapt add packed.apk lib/arm64-v8a/libapp.so lib/armeabi-v7a/libapp.so >>aapt.log || fail 'aapt added no library' aapt.log
zipalign 4 packed.apk unsigned.apk
keytool -genkeypair -keystore keys -storepass secret1 -keyalg RSA -keysize 2048 -validity 2 -alias key -dname CN=Interop \
  >keytool.log 2>&1 || fail 'keytool made no key' keytool.log
for schemes in 1 2 3 1,2,3; do
  flags=()
  for scheme in 1 2 3; do
    case ,$schemes, in *,$scheme,*) enabled=true ;; *) enabled=false ;; esac
    flags+=("--v$scheme-signing-enabled" "$enabled")
  done
  apksigner sign --ks keys --ks-pass pass:secret1 "${flags[@]}" --min-sdk-version 21 --out "v$schemes.apk" unsigned.apk \
    2>sign.log || fail "apksigner did not sign by v$schemes" sign.log
done
"$buildhook" inspect --json ./*.apk >apks.json || fail 'an apk was not read'
for apk in ./*.apk; do
  aapt dump badging "$apk" >"$apk.badging" 2>/dev/null || fail "aapt does not read $apk"
  apksigner verify --min-sdk-version 28 "$apk" >"$apk.verified" 2>&1 && echo yes >"$apk.signed" || echo no >"$apk.signed"
done
python3 - <<'PYTHON' || fail 'aapt or apksigner reads something else'
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
    # A v1 signature alone is not enough for API level 28 and above, but it is one.
    signed = open(f"{name}.signed").read().strip() == "yes"
    assert info["package_signed"] == signed or name == "v1.apk", (name, info["package_signed"], signed)
    assert info["package_signed"] == (name not in ("unsigned.apk", "packed.apk")), name
PYTHON

# ipas: the same list as XML and as plistutil's binary form.
python3 - <<'PYTHON'
import plistlib
info = {"CFBundleIdentifier": "com.example.interop", "CFBundleName": "Ünï ✓ & <App>", "CFBundleShortVersionString": "7.8.9",
        "CFBundleVersion": "20251117", "MinimumOSVersion": "15.0", "CFBundleSupportedPlatforms": ["iPhoneOS"],
        "Long": ["x" * 300] * 300, "Large": 2**40, "Nested": {"a": {"b": [True, False]}}}
plistlib.dump(info, open("Info.plist", "wb"))
PYTHON
plistutil -i Info.plist -o Info.bin -f bin || fail 'plistutil made no binary list'
python3 - <<'PYTHON'
import zipfile
for form in ("plist", "bin"):
    with zipfile.ZipFile(f"{form}.ipa", "w", zipfile.ZIP_DEFLATED) as ipa:
        ipa.write(f"Info.{form}", "Payload/Interop.app/Info.plist")
PYTHON
"$buildhook" inspect --json plist.ipa bin.ipa >ipas.json || fail 'an ipa was not read'
python3 - <<'PYTHON' || fail 'plistutil writes something else'
import json
one, other = (ipa["ios_info"] for ipa in json.load(open("ipas.json")))
assert one == other, (one, other)
assert one["bundle_name"] == "Ünï ✓ & <App>" and one["bundle_version"] == "20251117", one
PYTHON

# rpms: built by rpmbuild.
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
  rpmbuild -bb --target "$target" --define "_topdir $work/rpm" interop.spec >rpm.log 2>&1 || fail "rpmbuild made no $target" rpm.log
done
for rpm in rpm/RPMS/*/*.rpm; do
  cp "$rpm" package.rpm
  read=$("$buildhook" inspect --json package.rpm | python3 -c '
import json, sys
rpm = json.load(sys.stdin)[0]
names = {"x64": "x86_64", "arm64v8": "aarch64"}
print(rpm["version"], rpm["build_number"], *[names[a["identifier"]] for a in rpm["architectures"]] or ["noarch"])')
  [ "$read" = "$(rpm -qp --qf '%{VERSION} %{RELEASE} %{ARCH}' package.rpm)" ] || fail "rpm reads something else of $rpm than $read"
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
  [ "$read" = "$expected" ] || fail "readelf reads $machine of $file, buildhook $read"
  checked=$((checked + 1))
done
[ "$checked" -gt 0 ] || fail 'no program of this system was checked'
echo "artifacts: 6 apks as aapt and apksigner read them, 2 ipas as plistutil writes them, 3 rpms as rpm reads them, $checked programs as readelf does"
