#!/bin/sh
# kill -9 under load, again and again: nothing acknowledged is lost, nothing is there twice, torn or out of order.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench crash --cycles 20 "$@"
