#!/bin/sh
# Prints the path of a Python that is new enough, or says what is missing. PYTHON=... chooses one by hand.
set -eu

new_enough='import sys; sys.exit(sys.version_info < (3, 11) or sys.implementation.name != "cpython")'
too_old=""

for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
    path=$(command -v "$name" 2>/dev/null) || continue
    # Running it is the test: a version manager's stand-in can be on PATH with nothing behind it.
    if "$path" -c "$new_enough" 2>/dev/null; then
        "$path" -c 'import sys; print(sys.executable)'
        exit 0
    fi
    version=$("$path" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
    too_old="$too_old $path is $version;"
done

echo "Bursar needs CPython 3.11 or newer.${too_old:+ Found only:$too_old}" >&2
echo "Install one, or name it: make run PYTHON=/path/to/python3.12" >&2
exit 1
