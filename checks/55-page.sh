#!/bin/sh
# The page of examples/spring-live in a real browser: two windows over one store, a form with something wrong, a server that goes and
# comes back.
set -eu
cd "$(dirname -- "$0")/.."
root=$(pwd -P)
. bin/find-node.sh
. bin/find-chromium.sh
. bin/find-java.sh
find_node
node_packages conformance
find_chromium
find_java "$root" javac
application=examples/spring-live/target
[ -d "$application/lib" ] || {
    echo "page: $application/lib is missing; ./check has Maven make it" >&2
    exit 1
}
printf 'page: '
node conformance/page.mjs "$chromium" "$java_home/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp "$application/classes:$application/lib/*" dev.varve.examples.live.ReadingListApplication
