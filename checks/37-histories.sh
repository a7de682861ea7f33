#!/bin/sh
# Histories of concurrent clients, in memory, on disk and over HTTP with a server that is killed, are linearizable.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench histories "$@"
