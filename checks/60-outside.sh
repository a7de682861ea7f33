#!/bin/sh
# Programs of others build with what Varve publishes, and work: with Maven on Java 17 against a server and on Java 25 with a Varve
# inside, and with Gradle on Java 17. Everything goes to a repository of its own, which has nothing of Varve before.
set -eu
cd "$(dirname -- "$0")/.."
root=$(pwd -P)
. bin/find-java17.sh
. bin/find-gradle.sh
. bin/build.sh
. bin/run-server.sh
find_java17
find_java "$root" javac
find_gradle
./varve --version >/dev/null
work=$root/cli/target/outside
rm -rf "$work"
mkdir -p "$work"
server=
end() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

fail() {
    echo "outside: $1" >&2
    [ ! -f "$work/log" ] || tail -n 60 "$work/log" >&2
    exit 1
}

# What others have published is linked from the user's repository, if that is on the same disk, so that it is not fetched again. Only
# files that are never written to: what Maven notes down beside them stays out.
repository=$work/repository
if ! cp -al "${HOME:-/}/.m2/repository" "$repository" 2>/dev/null; then
    rm -rf "$repository"
    mkdir -p "$repository"
fi
rm -rf "$repository/dev/varve"
find "$repository" -type f ! -name '*.jar' ! -name '*.pom' -exec rm -f {} +

alone run_maven -q -ntp "-Dmaven.repo.local=$repository" -Dmaven.test.skip=true -Dspotless.check.skip=true \
    -pl bom,api,client,engine,server,junit -am install >"$work/log" 2>&1 || fail "Varve cannot be installed"
version=$(sed -n 's:^  <version>\(.*\)</version>$:\1:p' bom/pom.xml)
junit=$(sed -n 's:.*<junit.version>\(.*\)</junit.version>:\1:p' pom.xml)

# maven PROJECT JAVA_HOME: runs its tests, of which there must be some.
maven() {
    JAVA_HOME=$2 mvn -B -q -ntp -f "checks/outside/$1/pom.xml" "-Dmaven.repo.local=$repository" "-Dvarve.version=$version" \
        "-Djunit.version=$junit" "-Dtarget=$work/$1" test >"$work/log" 2>&1 || fail "the Maven build of $1 failed"
    grep -q '<testsuite .* tests="[1-9]' "$work/$1"/surefire-reports/TEST-*.xml || fail "the Maven build of $1 ran no test"
}

run_server "$work"
VARVE_URL=$server_url
export VARVE_URL
maven connected "$java17_home"
maven embedded "$java_home"

JAVA_HOME=$java17_home GRADLE_USER_HOME=$work/gradle-home gradle --no-daemon -q -p checks/outside/gradle --project-cache-dir "$work/gradle-cache" \
    "-Prepository=file://$repository" "-Pvarve=$version" "-Ptarget=$work/gradle" writeClassPath >"$work/log" 2>&1 \
    || fail "the Gradle build failed"
ran=$("$java17_home/bin/java" -cp "$(cat "$work/gradle/class-path")" outside.Connected "$VARVE_URL" gradle) || fail "what Gradle built failed"
[ "$ran" = 1 ] || fail "what Gradle built ran once, and counted $ran"
kill "$server"
wait "$server" || fail "after SIGTERM the server ended with $?"
server=
echo "outside: Maven on 17, Maven on 25 and $(JAVA_HOME=$java17_home gradle --version 2>/dev/null | sed -n 's/^Gradle /Gradle /p') on 17 build with Varve $version"
