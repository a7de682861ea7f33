# Finds the programs of PostgreSQL, on which the event store of postgres is tested. Sourced by ./check, in the root directory.

. bin/install.sh

# find_postgresql: sets postgresql_bin to the directory with initdb and postgres. As root on Debian or Ubuntu it installs them when there are
# none. Exits with 78 and a sentence on stderr when that does not help: these tests are never left out.
find_postgresql() {
    postgresql_look && return
    if [ -z "${VARVE_POSTGRES_BIN-}" ]; then
        install_packages postgresql && postgresql_look && return
        echo "check: no PostgreSQL 15 or later found, on the PATH or in the usual places. Install one (on Debian or Ubuntu: apt-get install postgresql) or set VARVE_POSTGRES_BIN to the directory with its initdb." >&2
    else
        echo "check: VARVE_POSTGRES_BIN is $VARVE_POSTGRES_BIN, which has no initdb and postgres of version 15 or later." >&2
    fi
    exit 78
}

postgresql_look() {
    if [ -n "${VARVE_POSTGRES_BIN-}" ]; then
        postgresql_take "$VARVE_POSTGRES_BIN"
        return
    fi
    postgresql_initdb=$(command -v initdb) || postgresql_initdb=
    postgresql_take "${postgresql_initdb%/initdb}" && return
    # The oldest of those that are installed: of several the one that Varve is tested with.
    for postgresql_candidate in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
        postgresql_take "$postgresql_candidate" && return
    done
    return 1
}

postgresql_take() {
    [ -n "$1" ] && [ -x "$1/initdb" ] && [ -x "$1/postgres" ] || return 1
    postgresql_version=$("$1/postgres" --version) || return 1
    postgresql_version=${postgresql_version##*PostgreSQL) }
    postgresql_version=${postgresql_version%%[!0-9]*}
    [ "${postgresql_version:-0}" -ge 15 ] || return 1
    postgresql_bin=$1
}
