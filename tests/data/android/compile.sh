#!/usr/bin/env bash
# Compiles the manifests and resources in this folder with Debian's aapt, aapt2 and android-framework-res. The benchmark uses
# the simple manifest, because aapt cannot read parts of the full one.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() { # MANIFEST COMPILED
  mkdir "$work/$2"
  cp "$1" "$work/$2/AndroidManifest.xml"
  aapt package -f -M "$work/$2/AndroidManifest.xml" -S res -I /usr/share/android-framework-res/framework-res.apk -F "$work/$2/app.apk"
  unzip -q -o "$work/$2/app.apk" -d "$work/$2/out"
  cp "$work/$2/out/AndroidManifest.xml" "$2"
}
compile simple.xml simple.bin
compile AndroidManifest.xml manifest.bin
cp "$work/manifest.bin/out/resources.arsc" resources.arsc
# An app bundle's manifest and resources, in protobuf.
aapt2 compile --dir res -o "$work/resources.zip"
aapt2 link --proto-format -o "$work/bundle.zip" -I /usr/share/android-framework-res/framework-res.apk \
  --manifest AndroidManifest.xml "$work/resources.zip"
unzip -p "$work/bundle.zip" AndroidManifest.xml >bundle-manifest.pb
unzip -p "$work/bundle.zip" resources.pb >bundle-resources.pb
