#!/bin/sh
# The official JavaScript client works against Varve.
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-node.sh
find_node
node_packages conformance
./varve --version >/dev/null
printf 'official client: '
node conformance/run.mjs client.test.mjs 11 "$@"
