# Sourced by scripts that need programs of the system: what is missing is installed by apt-get, where that may be.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() { say "$*"; exit 1; }

install() {
    command -v apt-get >/dev/null || fail "$1 is not installed, and there is no apt-get; install it and try again"
    [ "$(id -u)" = 0 ] || fail "$1 is not installed; as root this installs it: apt-get install $1"
    say "installing $1"
    # The packages would start servers of their own; these here are private.
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt-get update -qq >/dev/null || fail "apt-get update failed; $1 is needed"
    apt-get install -y -qq --no-install-recommends "$1" >/dev/null || fail "apt-get could not install $1"
}
