# Installs what the checks need. Sourced by the scripts in bin/ that look for it.

# install_packages NAME...: as root on Debian or Ubuntu installs packages; else, or when that fails, fails.
install_packages() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 1
    echo "Installing $*..." >&2
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    {
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"
    } >&2
}
