# Finds Node 18 or later, which the public conformance suites need. Sourced by the scripts in checks/.

. bin/install.sh

# find_node: returns when node and npm are on the PATH. As root on Debian or Ubuntu it installs them first.
# Exits with 78 and a sentence on stderr when there is none.
find_node() {
    node_fits && return
    install_packages nodejs npm && node_fits && return
    echo "check: Node 18 or later with npm is missing; found: $(node --version 2>/dev/null || echo none). Install nodejs and npm." >&2
    exit 78
}

node_fits() {
    command -v node >/dev/null && command -v npm >/dev/null || return 1
    node_version=$(node --version | sed -n 's/^v\([0-9]*\).*/\1/p')
    [ "${node_version:-0}" -ge 18 ]
}

# node_packages DIRECTORY: installs what DIRECTORY/package-lock.json names, or package.json where there is no lock, unless exactly
# that is there already.
node_packages() {
    if [ -f "$1/package-lock.json" ]; then
        node_named=package-lock.json
        node_install=ci
    else
        node_named=package.json
        node_install="install --no-package-lock"
    fi
    cmp -s "$1/$node_named" "$1/node_modules/.installed" && return
    (cd "$1" && npm $node_install --loglevel=error >&2) || return
    cp "$1/$node_named" "$1/node_modules/.installed"
}
