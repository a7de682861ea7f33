#!/bin/sh
# Readers of entries, over WebSockets and by server-sent events, with and without filters, are told every change that concerns
# them once, in order and without a gap: while they cut their connections, while history goes, and over a kill -9.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench watch-entries "$@"
