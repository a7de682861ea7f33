# Finds a JDK 17, on which the modules for users are tested. Sourced by ./check and the scripts in checks/, in the root directory.

. bin/find-java.sh
. bin/install.sh

# find_java17: sets java17_home to the home of a JDK 17. As root on Debian or Ubuntu it installs one when there is none.
# Exits with 78 and a sentence on stderr when that does not help: these tests are never left out.
find_java17() {
    java17_home=$(java17_look) && return
    if [ -z "${VARVE_JAVA17_HOME-}" ]; then
        install_packages openjdk-17-jdk-headless && java17_home=$(java17_look) && return
        cat >&2 <<END
check: no JDK 17 found, on which the modules for users are tested. Looked at VARVE_JAVA17_HOME, JAVA17_HOME, JAVA_17_HOME,
JAVA_HOME_17_X64, JAVA_HOME_17_ARM64, JAVA_HOME, java on the PATH and the places where ./varve looks for its own.
Install one (on Debian or Ubuntu: apt-get install openjdk-17-jdk-headless, or Temurin 17) or set VARVE_JAVA17_HOME to its home.
END
    else
        echo "check: VARVE_JAVA17_HOME is $VARVE_JAVA17_HOME, which is not the home of a JDK 17." >&2
    fi
    exit 78
}

# Prints the home of the first JDK 17 with a compiler.
java17_look() {
    java_tool=javac
    java_from=17
    java_to=17
    java_home=
    if [ -n "${VARVE_JAVA17_HOME-}" ]; then
        java_take "$VARVE_JAVA17_HOME" || return
    else
        for java_candidate in "${JAVA17_HOME-}" "${JAVA_17_HOME-}" "${JAVA_HOME_17_X64-}" "${JAVA_HOME_17_ARM64-}" \
            "${JAVA_HOME-}" "$(java_home_on_path)"; do
            java_take "$java_candidate" && break
        done
        [ -n "$java_home" ] || java_take_installed || java17_ask_system || return
    fi
    echo "$java_home"
}

java17_ask_system() {
    [ -x /usr/libexec/java_home ] && java_take "$(/usr/libexec/java_home -v 17 2>/dev/null)"
}
