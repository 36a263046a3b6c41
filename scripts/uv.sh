#!/bin/sh
# Prints the path of uv: the one on PATH, or one that pip puts into .tools/ of this project.
# $1: the Python to install it with.
set -eu

python=$1
tools=.tools/uv
# Older ones do not know every option that the set-up uses.
oldest=0.8

recent() {
    version=$("$1" --version 2>/dev/null | cut -d' ' -f2) || return 1
    [ "$(printf '%s\n%s\n' "$oldest" "$version" | sort -V | head -n 1)" = "$oldest" ]
}

if found=$(command -v uv 2>/dev/null) && recent "$found"; then
    echo "$found"
    exit 0
fi
if ! recent "$tools/bin/uv"; then
    echo "Installing uv into $tools" >&2
    rm -rf "$tools"
    # A pip that is there fills a folder at once. Without one (some distributions split it off) an environment
    # brings its own, if the Python can make environments (some split that off, too).
    if "$python" -m pip --version >/dev/null 2>&1; then
        PIP_USER=0 "$python" -m pip install --quiet --root-user-action ignore --disable-pip-version-check --target "$tools" uv >&2
    elif "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv "$tools" >&2
        "$tools/bin/python" -m pip install --quiet --disable-pip-version-check uv >&2
    else
        echo "$python has neither pip nor ensurepip, so uv cannot be installed." >&2
        echo "Install uv, or pip (on Debian and Ubuntu: apt install python3-venv), and try again." >&2
        exit 1
    fi
fi
echo "$tools/bin/uv"
