# Finds a JDK of at least 25 without starting a JVM. Sourced by ./varve and ./check.

# find_java ROOT TOOL: sets java_home to the home of the first JDK that fits and has bin/TOOL.
# Exits with 78 and a sentence on stderr when there is none.
find_java() {
    java_root=$1
    java_tool=$2
    java_from=25
    java_to=999
    java_home=

    if [ -n "${VARVE_JAVA_HOME-}" ]; then
        java_take "$VARVE_JAVA_HOME" && return
        echo "varve: VARVE_JAVA_HOME is $VARVE_JAVA_HOME, which is not the home of a JDK 25 or later." >&2
        exit 78
    fi
    java_take "$java_root/runtime" && return
    java_take "${JAVA_HOME-}" && return
    java_take "$(java_home_on_path)" && return
    for java_candidate in "${JAVA_25_HOME-}" "${JAVA25_HOME-}" "${JAVA_HOME_25_X64-}" "${JAVA_HOME_25_ARM64-}"; do
        java_take "$java_candidate" && return
    done

    java_take_installed && return
    if [ -x /usr/libexec/java_home ]; then
        java_take "$(/usr/libexec/java_home -v 25+ 2>/dev/null)" && return
    fi

    cat >&2 <<END
varve: no JDK 25 or later found. Looked at VARVE_JAVA_HOME, $java_root/runtime, JAVA_HOME, java on the PATH,
JAVA_25_HOME, /usr/lib/jvm, /usr/java, /opt/java, sdkman, mise, asdf, ~/.jdks and the usual places of macOS.
Install one (on Debian or Ubuntu: apt-get install openjdk-25-jdk, or Temurin 25) or set VARVE_JAVA_HOME to its home.
END
    exit 78
}

# Takes the oldest of those in the usual places that fits: of several the one that Varve is tested with.
java_take_installed() {
    java_best=
    for java_candidate in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
        "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* \
        "${HOME-}"/.local/share/mise/installs/java/* "${HOME-}"/.asdf/installs/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        if java_fits "$java_candidate" && { [ -z "$java_best" ] || [ "$java_version" -lt "$java_best" ]; }; then
            java_home=$java_candidate
            java_best=$java_version
        fi
    done
    [ -n "$java_home" ]
}

java_take() {
    java_fits "$1" || return 1
    java_home=$1
}

# Whether a directory is the home of a JDK between java_from and java_to. Sets java_version, read from the file every JDK carries in its home.
java_fits() {
    [ -n "$1" ] && [ -x "$1/bin/$java_tool" ] && [ -r "$1/release" ] || return 1
    java_version=
    while [ -z "$java_version" ] && read -r java_line; do
        case $java_line in
            JAVA_VERSION=\"*)
                java_version=${java_line#*\"}
                java_version=${java_version%%[!0-9]*}
                ;;
        esac
    done <"$1/release"
    [ "${java_version:-0}" -ge "$java_from" ] && [ "$java_version" -le "$java_to" ]
}

java_home_on_path() {
    java_link=$(command -v java) || return 0
    while [ -h "$java_link" ]; do
        java_target=$(readlink "$java_link")
        case $java_target in
            /*) java_link=$java_target ;;
            *) java_link=${java_link%/*}/$java_target ;;
        esac
    done
    CDPATH='' cd -- "${java_link%/*}/.." 2>/dev/null && pwd -P
}
