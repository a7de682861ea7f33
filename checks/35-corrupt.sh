#!/bin/sh
# Files damaged in every way, a seeded sample of it: detected and refused with file and offset, or rebuilt, or not needed.
# ./check corrupt runs all of it; ./check corrupt --repeat 'CASE' one case again.
set -eu
cd "$(dirname -- "$0")/.."
./varve --version >/dev/null
./varve bench corrupt --sample 1000 --thorough 10 "$@"
