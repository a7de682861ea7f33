# Finds Chromium, in which a page is tried. Sourced by the scripts in checks/, in the root directory.

. bin/install.sh

# find_chromium: sets chromium to the program. As root on Debian it installs it when there is none.
# Exits with 78 and a sentence on stderr when there is none.
find_chromium() {
    chromium_look && return
    install_packages chromium && chromium_look && return
    echo "check: there is no Chromium on the PATH, under the names chromium, chromium-browser or google-chrome. Install chromium." >&2
    exit 78
}

chromium_look() {
    for chromium in chromium chromium-browser google-chrome; do
        command -v "$chromium" >/dev/null || continue
        chromium=$(command -v "$chromium")
        # Where a distribution has it as a snap only, what stands in for it fails.
        "$chromium" --version >/dev/null 2>&1 && return
    done
    return 1
}
