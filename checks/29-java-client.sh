#!/bin/sh
# The Java client works against another server of the protocol, the reference server, and against Varve. The reference server keeps its
# streams in memory here: on disk its live answers repeat data under the offset before while others append.
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-node.sh
find_node
# Without a lock: not every registry has the parts for other machines that a lock would name.
node_packages conformance/reference
./varve --version >/dev/null
./varve bench any-server --name 'the reference server' --command 'node conformance/reference/server.mjs {port}'
./varve bench any-server --name Varve
