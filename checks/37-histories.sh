#!/bin/sh
# Histories of concurrent clients of streams, of entries and of events with transactions, in memory, on disk and over HTTP with a server that is killed, are linearizable.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench histories "$@"
./varve bench histories --entries --histories 150
./varve bench histories --events --histories 60
