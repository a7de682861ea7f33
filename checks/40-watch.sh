#!/bin/sh
# Live readers, by events and by long-poll, see every message once, in order and without a gap: while they cut their
# connections, while checkpoints come often, and over a kill -9.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench watch "$@"
