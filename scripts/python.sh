#!/bin/sh
# Prints the path of a Python that is new enough, or says what is missing. PYTHON=... chooses one by hand.
# With the argument `fastest`: of all on PATH with the same version number as that one, the fastest.
set -eu

new_enough='import sys; sys.exit(sys.version_info < (3, 11) or sys.implementation.name != "cpython")'
# How a Python was compiled matters more than its version: without profile-guided optimisation, as version
# managers compile it by default, it runs the gateway a tenth slower and plain loops by a third. The build does
# not say this of itself everywhere, so it is timed: microseconds of a fixed piece of work, best of seven.
speed='
import ctypes, sqlite3, ssl, sys, time
def work():
    total = 0
    for i in range(60_000):
        total += len({"a": str(i), "b": total}["a"])
def microseconds():
    began = time.perf_counter()
    work()
    return int((time.perf_counter() - began) * 1e6)
print("%d.%d" % sys.version_info[:2], min(microseconds() for _ in range(7)), sys.executable)'
too_old=""
first=""

for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
    path=$(command -v "$name" 2>/dev/null) || continue
    # Running it is the test: a version manager's stand-in can be on PATH with nothing behind it.
    if "$path" -c "$new_enough" 2>/dev/null; then
        first=$("$path" -c 'import sys; print(sys.executable)')
        break
    fi
    version=$("$path" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
    too_old="$too_old $path is $version;"
done

if [ -z "$first" ]; then
    echo "Bursar needs CPython 3.11 or newer.${too_old:+ Found only:$too_old}" >&2
    echo "Install one, or name it: make run PYTHON=/path/to/python3.12" >&2
    exit 1
fi

if [ "${1:-}" = fastest ] && [ -z "${PYTHON:-}" ]; then
    # shellcheck disable=SC2046 # three words, by intent
    set -- $("$first" -c "$speed")
    version=$1 best=$2
    IFS=:
    for folder in $PATH; do
        candidate="$folder/python$version"
        [ -x "$candidate" ] || continue
        IFS=' '
        # A split-off, minimal one lacks modules, fails here and is passed over.
        # shellcheck disable=SC2046
        set -- $("$candidate" -c "$speed" 2>/dev/null)
        IFS=:
        # A fifth faster, or it is the machine's noise and the first stays.
        if [ $# -eq 3 ] && [ "$1" = "$version" ] && [ $(($2 * 5)) -lt $((best * 4)) ]; then
            best=$2 first=$3
        fi
    done
fi
echo "$first"
