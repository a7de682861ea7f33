#!/bin/sh
# The page of examples/spring-live in a real browser, in memory and over a server: two windows, a form with something wrong, an
# application that is killed and comes back.
set -eu
cd "$(dirname -- "$0")/.."
root=$(pwd -P)
. bin/find-node.sh
. bin/find-chromium.sh
. bin/find-java.sh
. bin/run-server.sh
find_node
node_packages conformance
find_chromium
find_java "$root" javac
application=examples/spring-live/target
[ -d "$application/lib" ] || {
    echo "page: $application/lib is missing; ./check has Maven make it" >&2
    exit 1
}
work=$(mktemp -d)
server=
end() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

# page KEPT OPTION...: tries the application with options.
page() {
    kept=$1
    shift
    node conformance/page.mjs "$kept" "$chromium" "$java_home/bin/java" --enable-native-access=ALL-UNNAMED \
        --sun-misc-unsafe-memory-access=allow -cp "$application/classes:$application/lib/*" \
        dev.varve.examples.live.ReadingListApplication "$@"
}

printf 'page, in memory: '
page 0
./varve --version >/dev/null
run_server "$work"
printf 'page, over a server: '
page 1 --varve.mode=remote "--varve.url=$server_url" --varve.live.enabled=true
kill "$server"
wait "$server" || { echo "page: after SIGTERM the server ended with $?" >&2; exit 1; }
server=
