#!/bin/sh
# The official JavaScript client and its State Protocol package keep copies of stores of entries, and the client follows events.
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-node.sh
find_node
node_packages conformance
./varve --version >/dev/null
printf 'copies of entries, and events: '
# So little history that stores are compacted while the tests run.
node conformance/run.mjs views.test.mjs 10 ./varve serve --port '{port}' --data '{data}' \
    --long-poll-timeout 500ms --history-changes 100 --history-age 1ms "$@"
