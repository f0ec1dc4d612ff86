#!/usr/bin/env bash
# Makes the packages in this folder with Debian's dpkg-dev, wixl, squashfs-tools and flatpak.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir -p deb/DEBIAN
cat >deb/DEBIAN/control <<'TEXT'
Package: example
Version: 1:4.5.6-rc.1-7
Architecture: arm64
Maintainer: Example <user@example.com>
Description: an example
TEXT
for compression in gzip xz zstd; do
  dpkg-deb -Z$compression --root-owner-group -b deb "$here/$compression.deb" >/dev/null
done

echo content >file
cat >example.wxs <<'TEXT'
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" UpgradeCode="12345678-1234-1234-1234-111111111111" Name="Example" Version="2.3.4.5" Manufacturer="Example" Language="1033">
    <Package InstallerVersion="200" Compressed="yes" />
    <Media Id="1" Cabinet="example.cab" EmbedCab="yes" />
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Component Id="Part" Guid="12345678-1234-1234-1234-222222222222"><File Id="File" Source="file" /></Component>
      </Directory>
    </Directory>
    <Feature Id="Full" Level="1"><ComponentRef Id="Part" /></Feature>
  </Product>
</Wix>
TEXT
wixl -a x64 -o "$here/example.msi" example.wxs

mkdir -p snap/meta
printf "name: example\nversion: '3.2.1'\narchitectures:\n- amd64\n- arm64\ngrade: stable\n" >snap/meta/snap.yaml
for compression in gzip xz zstd lzo; do
  mksquashfs snap "$here/$compression.snap" -comp $compression -all-root -noappend -quiet -no-progress
done

mkdir -p app/files app/export
printf '[Application]\nname=org.example.App\nruntime=org.freedesktop.Platform/aarch64/23.08\n' >app/metadata
flatpak build-export --arch=aarch64 repository app >/dev/null
flatpak build-bundle --arch=aarch64 repository "$here/example.flatpak" org.example.App
