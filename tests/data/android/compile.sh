#!/usr/bin/env bash
# Compiles the manifest and the resources beside it, with Debian's aapt and android-framework-res. The tests use the
# two files that it makes here.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
aapt package -f -M AndroidManifest.xml -S res -I /usr/share/android-framework-res/framework-res.apk -F "$work/app.apk"
unzip -q -o "$work/app.apk" -d "$work"
cp "$work/AndroidManifest.xml" manifest.bin
cp "$work/resources.arsc" resources.arsc
