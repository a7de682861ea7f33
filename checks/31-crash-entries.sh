#!/bin/sh
# kill -9 under load over entries: what was acknowledged is there, batches are whole, counters exact, the feed without gap.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench crash-entries --cycles 8 "$@"
