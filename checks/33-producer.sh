#!/bin/sh
# A program that appends with an outbox is killed with -9 again and again, and the server now and then: each item stands there once.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench producer --kills 10 "$@"
