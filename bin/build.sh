# Builds Varve with Maven. Sourced by ./varve and ./check, which set root and call find_java first.

dist=$root/cli/target/varve
stamp=$dist/stamp

# build_is_stale MODULE: true when there is no build of MODULE (cli or bench), or when something it is made of is newer
# than the build. A deleted file shows in the age of its directory.
build_is_stale() {
    [ -f "$stamp" ] || return 0
    stale_module=$1
    set -- "$root/pom.xml" "$root/.mvn"
    for module in "$root"/*/pom.xml; do
        module=${module%/pom.xml}
        case ${module##*/} in
            "$stale_module") ;;
            pekko | testkit) [ "$stale_module" = bench ] || continue ;;
            axon | bench | docs | junit | postgres | spring | testkit*) continue ;;
        esac
        set -- "$@" "$module/pom.xml" "$module/src/main"
    done
    [ -n "$(find "$@" -newer "$stamp" 2>/dev/null)" ]
}

# Exits with 78 and a sentence on stderr when there is no Maven.
find_maven() {
    command -v mvn >/dev/null && return
    echo "varve: Varve must be built and there is no mvn on the PATH. Install Maven 3.8 or later (apt-get install maven)." >&2
    exit 78
}

# run_maven ARGUMENT...: Maven in the root directory, on the JDK that find_java found.
run_maven() {
    (
        cd "$root" || exit
        JAVA_HOME=$java_home
        # Maven's own libraries call methods that a JDK 25 warns of.
        MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS-}"
        export JAVA_HOME MAVEN_OPTS
        exec mvn -B "$@"
    )
}

# build ARGUMENT...: runs Maven and marks the build as good. The stamp is as old as the start of the build, so a source
# that changes meanwhile counts as newer.
build() {
    rm -f "$stamp"
    echo "$(date +%s) $$" >"$dist/stamp.new"
    run_maven "$@" || return
    mv "$dist/stamp.new" "$stamp"
}

# build_quietly MODULE: builds what is stale and shows the end of the output when that fails. Call it by way of alone.
build_quietly() {
    build_is_stale "$1" || return 0 # another launcher may have built while this one waited for it
    if [ -d "$dist/lib" ]; then why="sources changed"; else why="first use"; fi
    [ "$1" = cli ] || why="for $1"
    echo "Building Varve ($why)..." >&2
    build "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn" -pl "$1" -am -Dmaven.test.skip=true -Dspotless.check.skip=true package >"$dist/build.log" 2>&1 && {
        [ "$1" = cli ] || cp -p "$stamp" "$dist/stamp" # the command was built with it
        return
    }
    grep -v '^\[ERROR\] *\(\[Help\|Re-run\|To see\|For more\|After\|-> \|$\)' "$dist/build.log" | tail -n 30 >&2
    echo "varve: the build failed; all of its output is in $dist/build.log" >&2
    return 70
}

# alone COMMAND...: runs COMMAND while no other build runs in this directory.
alone() {
    mkdir -p "$dist"
    if command -v flock >/dev/null; then
        (
            if ! flock -n 9; then
                echo "Waiting for another build of Varve..." >&2
                flock 9
            fi
            "$@"
        ) 9>"$dist/lock"
    else
        (
            until mkdir "$dist/lock.d" 2>/dev/null; do
                if ! kill -0 "$(cat "$dist/lock.d/pid" 2>/dev/null || echo $$)" 2>/dev/null; then
                    echo "varve: a build was killed here. If none is running, remove $dist/lock.d" >&2
                    exit 75
                fi
                sleep 1
            done
            echo $$ >"$dist/lock.d/pid"
            trap 'rm -rf "$dist/lock.d"' EXIT
            trap 'exit 130' INT TERM
            "$@"
        )
    fi
}
