#!/bin/sh
# kill -9 under load over events: what was acknowledged is there, once, whole and in order; what was not is there whole or not at all;
# followers and consumers of subscriptions miss nothing and are told nothing twice.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench crash-events --cycles 5 "$@"
