#!/bin/sh
# The public conformance suite of Durable Streams passes whole: 338 tests, the 6 of subscriptions included.
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-node.sh
find_node
node_packages conformance
./varve --version >/dev/null
node conformance/run.mjs ds.test.mjs 338 "$@"
