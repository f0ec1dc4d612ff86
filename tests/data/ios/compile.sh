#!/usr/bin/env bash
# Makes the binary form of the list beside it, with Debian's libplist-utils.
set -euo pipefail
cd "$(dirname "$0")"
plistutil -i Info.xml -o Info.bin -f bin
