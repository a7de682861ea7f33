#!/bin/sh
# The client of Phoenix Channels follows and changes stores of Varve.
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-node.sh
find_node
node_packages conformance
./varve --version >/dev/null
printf 'phoenix client: '
node conformance/run.mjs phoenix.test.mjs 12 "$@"
