#!/bin/sh
# Runs an empty PostgreSQL for tests and comparisons on a port of 127.0.0.1, with a superuser varve without a password, until its standard input ends: with the program that
# started it, however that ends. Nothing of it is left. Prints the directory of its log first. Options for it win over those set here.
#
#   bin/run-postgresql.sh PORT [OPTION...]
set -eu
port=$1
shift
cd "$(dirname -- "$0")/.."
. bin/find-postgresql.sh
find_postgresql

# PostgreSQL refuses to run as root.
if [ "$(id -u)" -eq 0 ]; then
    for user in postgres nobody; do
        id "$user" >/dev/null 2>&1 && break
    done
    as="runuser -u $user --"
else
    as=
fi

work=$($as mktemp -d "${TMPDIR:-/tmp}/varve-postgresql.XXXXXX")
end() {
    # Not the process that was started: that may only wait for the server.
    [ ! -f "$work/data/postmaster.pid" ] || kill -QUIT "$(head -n 1 "$work/data/postmaster.pid")" || true
    wait
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM
echo "$work"

# Sorted by a language, not by bytes, as the databases of most users are.
cd /
$as "$postgresql_bin/initdb" -D "$work/data" -U varve -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US --no-sync \
    >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
# What is tested is not whether PostgreSQL survives a loss of power; a comparison says fsync=on.
$as "$postgresql_bin/postgres" -D "$work/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
    -c max_connections=200 -c max_prepared_transactions=0 "$@" >>"$work/log" 2>&1 &
cat >/dev/null
