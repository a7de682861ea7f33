#!/bin/sh
# The Java client works against another server of the protocol: the reference server, in memory and on disk, and against Varve.
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-node.sh
find_node
node_packages conformance
./varve --version >/dev/null
reference='node conformance/reference-server.mjs {port}'
./varve bench any-server --name 'the reference server in memory' --command "$reference"
./varve bench any-server --name 'the reference server on disk' --command "$reference {data}"
./varve bench any-server --name Varve
