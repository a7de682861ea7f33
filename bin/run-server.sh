# Runs a server for a check. Sourced by the scripts in checks/, in the root directory.

# run_server DIRECTORY: starts ./varve with its data and its log in DIRECTORY and sets server to its process and server_url to its
# URL. Fails with its log on stderr when it does not come up. The caller ends it.
run_server() {
    : >"$1/serve.log"
    ./varve serve --port 0 --data "$1/data" >"$1/serve.log" 2>&1 &
    server=$!
    run_server_tries=1200
    until server_url=$(sed -n 's/^Varve listens on \([^ ,]*\).*/\1/p' "$1/serve.log") && [ -n "$server_url" ]; do
        run_server_tries=$((run_server_tries - 1))
        if [ $run_server_tries -eq 0 ] || ! kill -0 "$server" 2>/dev/null; then
            echo "check: the server does not come up:" >&2
            cat "$1/serve.log" >&2
            return 1
        fi
        sleep 0.1
    done
}
