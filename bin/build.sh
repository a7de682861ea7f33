# Builds Varve with Maven. Sourced by ./varve and ./check, which set root and call find_java first.

dist=$root/cli/target/varve
stamp=$dist/stamp

# True when there is no build, or when something the command is made of is newer than the build. A deleted file shows
# in the age of its directory.
build_is_stale() {
    [ -f "$stamp" ] || return 0
    set -- "$root/pom.xml" "$root/.mvn"
    for module in "$root"/*/pom.xml; do
        module=${module%/pom.xml}
        case ${module##*/} in
            bench | testkit*) ;;
            *) set -- "$@" "$module/pom.xml" "$module/src/main" ;;
        esac
    done
    [ -n "$(find "$@" -newer "$stamp" 2>/dev/null | head -n 1)" ]
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
