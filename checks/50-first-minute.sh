#!/bin/sh
# The first minutes with Varve: files and a running command's output piped into streams, watched by varve and by curl;
# entries put by curl and watched by varve; and a kill -9 of the server in the middle of it all. What arrives is compared
# byte by byte, and changes of entries come once, in order and without a gap.
set -eu
cd "$(dirname -- "$0")/.."
work=$(mktemp -d)
server=
command -v curl >/dev/null || {
    echo "first minute: there is no curl, which this check watches a stream with. Install curl." >&2
    exit 78
}

end() {
    status=$?
    # Only what was started here.
    for job in $server $(jobs -p); do
        kill -9 "$job" 2>/dev/null || true
    done
    [ $status -eq 0 ] || cat "$work"/*.err "$work/serve.log" >&2
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

fail() {
    echo "first minute: $1" >&2
    exit 1
}

# until_true SECONDS WHAT COMMAND...: waits until COMMAND succeeds.
until_true() {
    tries=$(($1 * 20))
    what=$2
    shift 2
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || fail "$what"
        sleep 0.05
    done
}

same() {
    cmp -s "$1" "$2"
}

listens() {
    grep -q '^Varve listens on ' "$work/serve.log" && return
    kill -0 "$server" || fail "the server ended"
    return 1
}

# The bytes of all data events that a control event has confirmed.
sse_bytes() {
    awk '
        /^event: /                 { kind = $2; lines = 0; if (kind == "data") data = "" }
        /^data:/ && kind == "data" { data = data (lines++ ? "\n" : "") substr($0, 6) }
        /^data:/ && kind != "data" { printf "%s", data; data = "" }
    ' "$1"
}

sse_has_all() {
    sse_bytes "$work/sse" >"$work/sse.out"
    same "$work/sse.out" "$work/expected"
}

sse_last_offset() {
    sed -n 's/.*"streamNextOffset":"\([^"]*\)".*/\1/p' "$1" | tail -n 1
}

serve() {
    : >"$work/serve.log"
    ./varve serve >"$work/serve.log" 2>&1 &
    server=$!
    until_true 120 "the server does not come up" listens
}

# A first start on any free port, then the same port again.
./varve --version >/dev/null
export VARVE_DATA="$work/data" VARVE_PORT=0
serve
VARVE_URL=$(sed -n 's/^Varve listens on \([^ ,]*\).*/\1/p' "$work/serve.log")
VARVE_PORT=${VARVE_URL##*:}
export VARVE_URL VARVE_PORT

# A real file, piped in by one process and read back.
file=$(ls cli/target/varve/lib/varve-*.jar | head -n 1)
./varve stream append first/file --create <"$file" >"$work/file.out" 2>"$work/file.err"
./varve stream read first/file 2>"$work/read.err" | cmp - "$file" || fail "the file comes back changed"

# A running command's output, line by line while it comes, watched by two readers from before its first line.
./varve stream create first/log --content-type text/plain >"$work/create.out" 2>"$work/create.err"
./varve stream tail first/log --from=-1 >"$work/tail.out" 2>"$work/tail.err" &
tail=$!
curl -sN "$VARVE_URL/v1/stream/first/log?offset=-1&live=sse" >"$work/sse" &
curl=$!
a_running_command() {
    cat README.md
    i=0
    while [ $i -lt 120 ]; do
        i=$((i + 1))
        echo "line $i of a command that takes its time"
        sleep 0.05
    done
}
a_running_command | tee "$work/expected" \
    | ./varve stream append first/log --lines --producer first-minute --close >"$work/append.out" 2>"$work/append.err" &
append=$!
# Entries, put one after the other by a client that tries again until it is answered, and watched.
export VARVE_STORE=acme/reading
[ "$(./varve entry put links/dust '{"title": "Dust", "url": "https://example.org"}')" = 1 ] || fail "the first revision is not 1"
./varve entry watch --after 0 >"$work/watch.out" 2>"$work/watch.err" &
watch=$!
put_entries() {
    i=0
    while [ $i -lt 100 ]; do
        i=$((i + 1))
        until curl -sf -o "$work/put.out" -X PUT -H 'Content-Type: application/json' --data "$i" \
            "$VARVE_URL/api/stores/$VARVE_STORE/entries/numbers/$i"; do
            sleep 0.1
        done
        sleep 0.03
    done
}
put_entries &
putting=$!

grow() {
    sse_bytes "$work/sse" | grep -q '^line 20 '
}
until_true 60 "nothing arrives" grow
grep -q '^line 10 ' "$work/tail.out" || until_true 30 "the tail lags behind" grep -q '^line 10 ' "$work/tail.out"

# The server dies in the middle. The writer waits for it, the tail goes on by itself, curl goes on from its last offset.
kill -9 "$server"
wait "$server" 2>/dev/null || true
wait "$curl" || true
cp "$work/sse" "$work/sse.before"
last=$(sse_last_offset "$work/sse.before")
[ -n "$last" ] || fail "curl saw no offset before the server died"
serve
curl -sN "$VARVE_URL/v1/stream/first/log?offset=$last&live=sse" >>"$work/sse" || fail "curl cannot go on from $last"

wait "$append" || fail "the append failed"
wait "$tail" || fail "the tail failed"
same "$work/tail.out" "$work/expected" || fail "the tail differs from what was piped in"
until_true 10 "curl's bytes differ from what was piped in" sse_has_all

# What was seen before the crash and what a reader finds behind that offset make the whole.
{
    sse_bytes "$work/sse.before"
    ./varve stream read first/log --from="$last" 2>"$work/read.err"
} | cmp - "$work/expected" || fail "reading on from $last does not continue what was seen before"
./varve stream read first/file 2>"$work/read.err" | cmp - "$file" || fail "the file is not there after the crash"

# Every entry is there, and the watch saw every change once, in order, without a gap.
wait "$putting" || fail "the entries could not be put"
[ "$(./varve entry list 'numbers/*' --select keys | wc -l)" -eq 100 ] || fail "entries are missing after the crash"
[ "$(./varve entry get links/dust/title)" = Dust ] || fail "the first entry is not what was put"
last_change=$(./varve store status "$VARVE_STORE" | sed 's/.*"current_seq":\([0-9]*\).*/\1/')
all_watched() {
    [ "$(wc -l <"$work/watch.out")" -ge "$last_change" ]
}
until_true 20 "the watch lags behind" all_watched
sed 's/.*"store_seq":\([0-9]*\).*/\1/' "$work/watch.out" >"$work/watched"
seq 1 "$last_change" | cmp - "$work/watched" || fail "the watch did not see every change once and in order"
kill -9 "$watch"

kill "$server"
wait "$server" || fail "after SIGTERM the server ended with $?"
server=
lines=$(wc -l <"$work/expected")
echo "first minute: $lines lines, a file of $(wc -c <"$file") bytes and $last_change changes of entries, all there after kill -9"
