#!/bin/sh
# The launcher works from elsewhere, through a symbolic link, and says what is wrong when no JDK fits.
set -eu
root=$(pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "launcher: $1" >&2
    exit 1
}

version=$(./varve --version 2>"$work/err") || fail "--version failed"
[ -s "$work/err" ] && fail "--version wrote to stderr right after the build: $(cat "$work/err")"

mkdir "$work/a directory"
ln -s "$root/varve" "$work/a directory/varve"
[ "$(cd / && "$work/a directory/varve" --version)" = "$version" ] || fail "fails through a symbolic link"
[ "$(env -i "$root/varve" --version)" = "$version" ] || fail "fails with an empty environment"

# A home that claims to be a JDK 17 is passed over by the look-up, and refused when it was asked for by name.
mkdir -p "$work/old/bin"
echo 'JAVA_VERSION="17.0.15"' >"$work/old/release"
printf '#!/bin/sh\nexit 1\n' >"$work/old/bin/java"
chmod +x "$work/old/bin/java"
JAVA_HOME=$work/old ./varve --version >/dev/null || fail "an old JAVA_HOME is not passed over"
status=0
VARVE_JAVA_HOME=$work/old ./varve --version 2>"$work/err" || status=$?
[ $status -eq 78 ] || fail "an old VARVE_JAVA_HOME gives exit $status, not 78"
grep -q "VARVE_JAVA_HOME is $work/old" "$work/err" || fail "an old VARVE_JAVA_HOME is not named"

# The tests on Java 17 never run on something else, and are never left out.
status=0
(
    . bin/find-java17.sh
    VARVE_JAVA17_HOME=$(dirname "$(dirname "$(./varve --which-java)")")
    find_java17
) 2>"$work/err" || status=$?
[ $status -eq 78 ] || fail "a VARVE_JAVA17_HOME that is none gives exit $status, not 78"
grep -q "which is not the home of a JDK 17" "$work/err" || fail "a VARVE_JAVA17_HOME that is none is not told"
