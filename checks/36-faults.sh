#!/bin/sh
# The real server on a disk that fails, is full and becomes read-only, out of descriptors, with a clock that jumps: what was
# acknowledged is there afterwards, and nothing else. What this machine cannot provoke is named and left out.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
status=0
./varve bench faults --size small "$@" || status=$?
[ $status -eq 77 ] || exit $status
