#!/bin/sh
# Nothing that programs are compiled against goes or changes unseen: every line of api/api.txt and client/api.txt is there still. What
# is new may be missing in them.
#
#   checks/16-api.sh --accept   writes both files anew; what a release had and went is told under Breaking in the changelog
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-java17.sh
find_java17 # one version of it prints the same everywhere
./varve --version >/dev/null
lib=cli/target/varve/lib
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

class_path=
for jar in "$lib"/*.jar; do
    class_path=$class_path:$jar
done
status=0
for module in api client; do
    "$java17_home/bin/java" -cp "${class_path#:}" checks/api/PublicApi.java "$lib"/varve-$module-*.jar >"$work/$module"
    if [ "${1-}" = --accept ]; then
        cp "$work/$module" $module/api.txt
    fi
    LC_ALL=C comm -23 $module/api.txt "$work/$module" >"$work/gone"
    LC_ALL=C comm -13 $module/api.txt "$work/$module" >"$work/new"
    if [ -s "$work/gone" ]; then
        status=1
        {
            echo "api: of what programs are compiled against this is not there any more as it was in varve-$module:"
            cat "$work/gone"
            echo "api: and this is new:"
            cat "$work/new"
        } >&2
    fi
    echo "api: varve-$module has $(wc -l <"$work/$module") types and members, $(wc -l <"$work/new") of them new since $module/api.txt"
done
if [ $status -ne 0 ]; then
    echo "api: if that is meant: checks/16-api.sh --accept; what a release had is told under Breaking in CHANGELOG.md" >&2
fi
exit $status
