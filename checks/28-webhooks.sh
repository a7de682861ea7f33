#!/bin/sh
# A webhook is told every change of a store, although the server is killed again and again; its signatures hold.
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-node.sh
find_node
node_packages conformance
./varve --version >/dev/null
printf 'webhooks of stores: '
node conformance/run.mjs webhooks.test.mjs 1 "$@"
