#!/bin/sh
# Writes requirements.lock anew from pyproject.toml: every dependency of every platform, with its hashes.
# `make lock` keeps what still fits; `make lock UPGRADE=--upgrade` takes the newest.
set -eu
cd "$(dirname "$0")/.."

uv=$(sh scripts/uv.sh "$(sh scripts/python.sh)")
# An index of the machine must not leave its name in the file: see docs/why/lock-file.md.
"$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate "$@" \
    pyproject.toml --group dev -o requirements.lock
