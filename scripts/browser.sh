#!/bin/sh
# Brings the browser of the console's tests where it is missing and may be installed; says how otherwise.
set -eu

command -v chromium >/dev/null 2>&1 && exit 0
command -v chromium-browser >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium for the console's tests"
    log=$(mktemp)
    if { apt-get install -y --no-install-recommends chromium || {
        apt-get update && apt-get install -y --no-install-recommends chromium
    }; } >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -5 "$log" >&2
    rm -f "$log"
fi
echo "There is no chromium on PATH: the console's tests are left out. Install it: apt-get install chromium" >&2
