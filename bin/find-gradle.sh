# Finds Gradle, which a check builds a program with. Sourced by the scripts in checks/, in the root directory.

. bin/install.sh

# find_gradle: returns when gradle is on the PATH. As root on Debian or Ubuntu it installs it first.
# Exits with 78 and a sentence on stderr when there is none.
find_gradle() {
    command -v gradle >/dev/null && return
    install_packages gradle && return
    echo "check: there is no gradle on the PATH. Install gradle, 4.4 or later." >&2
    exit 78
}
