#!/bin/sh
# Programs that keep a store in step: over connections that are cut anywhere, a kill -9 of the server, history that goes, and
# restarts of their own, what they have enqueued is made once, and all see what stands there.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench live "$@"
