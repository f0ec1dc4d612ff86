#!/usr/bin/env bash
# Converts Info.xml to a binary property list with Debian's libplist-utils.
set -euo pipefail
cd "$(dirname "$0")"
plistutil -i Info.xml -o Info.bin -f bin
