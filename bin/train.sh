#!/bin/sh
# Makes the start-up cache of ./varve, and unpacks native code beside it, by running a server once and using it a little.
# Started detached: late, at low priority, and once. While it runs, CACHE.tried holds its process id.
# Arguments: JAVA CACHE FLAGS CLASS_PATH
set -eu
java=$1
cache=$2
flags=$3
class_path=$4
trap '' HUP

mkdir -p "${cache%/*}"
cd "${cache%/*}"
(set -C && echo $$ >"$cache.tried") || exit 0
sleep 3 # the command that started this one goes first

set -f
rm -rf "$cache.native"
mkdir "$cache.native"
nice -n 19 "$java" $flags "-XX:AOTCacheOutput=$cache.new" -cp "$class_path" dev.varve.cli.Main warm-up "$cache.native"
mv "$cache.new" "$cache"

# What is left belongs to earlier builds.
set +f
for old in ./*; do
    case $old in
        "./${cache##*/}"*) ;;
        *) rm -rf "$old" ;;
    esac
done
