#!/bin/sh
# What users put on their own class path runs on a real Java 17: every test of these modules ran there, as many as on 25; every
# class is of version 61; and a program that 17's compiler made uses streams, entries and records of a real server.
set -eu
cd "$(dirname -- "$0")/.."
. bin/find-java17.sh
. bin/run-server.sh
find_java17
./varve --version >/dev/null
work=$(mktemp -d)
server=
end() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

fail() {
    echo "java 17: $1" >&2
    exit 1
}

# counts DIRECTORY: tests, failures, errors and tests that were left out, in all reports below it.
counts() {
    cat "$1"/TEST-*.xml 2>/dev/null | sed -n 's/^<testsuite .* tests="\([0-9]*\)" errors="\([0-9]*\)" skipped="\([0-9]*\)" failures="\([0-9]*\)".*/\1 \2 \3 \4/p' \
        | awk '{ t += $1; e += $2; s += $3; f += $4 } END { print t + 0, e + 0, s + 0, f + 0 }'
}

# The tests, in every module that is for 17. ./check has had Maven run them.
tests=0
jars=
for pom in $(grep -l '<maven.compiler.release>17<' ./*/pom.xml); do
    module=${pom%/pom.xml}
    module=${module#./}
    reports=$module/target/surefire-reports
    on_25=$(counts "$reports")
    on_17=$(counts "$reports-17")
    [ "${on_17%% *}" -gt 0 ] || fail "no test of $module ran on 17; ./check has them run, and Maven with -Dvarve.java17.home=$java17_home"
    [ "$on_17" = "$on_25" ] || fail "of $module ran $on_17 on 17 (tests, errors, left out, failures), but $on_25 on 25"
    for report in "$reports-17"/TEST-*.xml; do
        grep -q '<property name="java.specification.version" value="17"/>' "$report" || fail "$report is not from a Java 17"
    done
    tests=$((tests + ${on_17%% *}))
    jar=$(find "$module/target" -maxdepth 1 -name "varve-$module-*.jar" ! -name '*-sources.jar' ! -name '*-javadoc.jar' ! -name '*-tests.jar')
    [ -f "$jar" ] || fail "there is not one jar of $module, but: $jar"
    jars="$jars $jar"
done

# The class files, and the size of what a program takes up that only connects.
classes=$("$java17_home/bin/java" checks/java17/ClassFiles.java $jars) || fail "not all classes are for 17"
lib=cli/target/varve/lib
bytes=$(cat "$lib"/varve-api-*.jar "$lib"/varve-client-*.jar | wc -c)
[ "$bytes" -le 1048576 ] || fail "varve-api and varve-client together take $bytes bytes, more than 1 MiB"

# The program. Its class path is all that the client's own description asks for.
class_path=
for jar in "$lib"/varve-api-*.jar "$lib"/varve-client-*.jar "$lib"/jackson-*.jar "$lib"/jspecify-*.jar; do
    class_path=$class_path:$jar
done
class_path=${class_path#:}
"$java17_home/bin/javac" -Xlint:all -Werror -cp "$class_path" -d "$work/classes" checks/java17/UseServer.java
run_server "$work"
"$java17_home/bin/java" -cp "$work/classes:$class_path" UseServer "$server_url" || fail "the program failed"
kill "$server"
wait "$server" || fail "after SIGTERM the server ended with $?"
server=
echo "java 17: $tests tests, $classes classes of version 61, $bytes bytes of jars to connect with, and a program against a server"
