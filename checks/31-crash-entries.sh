#!/bin/sh
# kill -9 under load over entries: what was acknowledged is there, batches are whole, counters exact, the feed without gap; files,
# clones, leases, times to live, writes sent again, imports and rollbacks are as they were told.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench crash-entries --cycles 5 "$@"
