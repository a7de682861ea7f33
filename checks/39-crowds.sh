#!/bin/sh
# Crowds against a server with a small heap: idle readers, slow clients, a stalled reader, overload. Judged is only what
# does not depend on the machine's speed.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench crowds "$@"
