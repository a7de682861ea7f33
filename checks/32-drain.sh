#!/bin/sh
# SIGTERM under load, again and again: every request that had left before is answered, nothing acknowledged is lost.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench crash --drain --cycles 4 "$@"
