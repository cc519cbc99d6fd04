# Sourced: sets up .venv with the extras given, once; a second time it takes no time.
#   install_into_venv "espeak,test"
install_into_venv() {
    local extras=$1 python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "antifraud needs Python 3.11 or newer; set PYTHON to one." >&2
        return 1
    }
    local wanted="$extras $(cat pyproject.toml constraints.txt | sha256sum | cut -c1-16)"
    local stamp=.venv/.installed
    [ -x .venv/bin/python ] || "$python" -m venv .venv || return 1
    grep -qxF "$wanted" "$stamp" 2>/dev/null && return 0
    echo "installing into .venv (extras: $extras) …" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$extras]" || return 1
    echo "$wanted" >> "$stamp"
}

# Sourced: installs Chromium from Debian's packages where there is none; the tests of the browser pages open it.
install_chromium() {
    command -v chromium > /dev/null && return 0
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    echo "installing chromium …" >&2
    "${as_root[@]}" apt-get update -qq >&2 || return 1
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null || {
        echo "The tests of the browser pages need chromium; install it and run again." >&2
        return 1
    }
}
