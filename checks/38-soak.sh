#!/bin/sh
# Half a minute of everything at once: what is read is what was written, no descriptor is left open, and the disk is given
# back when all is deleted. An hour of it, ./check soak, judges memory too.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench soak --minutes 0.5 --sample-seconds 1 --check-seconds 6 --pause-millis 20 --memory off "$@"
