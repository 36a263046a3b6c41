#!/bin/sh
# Brings .venv to exactly what requirements.lock says, with this project on top; quick when little changed.
set -eu
cd "$(dirname "$0")/.."

python=$(sh scripts/python.sh)
uv=$(sh scripts/uv.sh "$python")
# The machine's own Python is used as it is found: a second one is never downloaded.
export UV_PYTHON_DOWNLOADS=never
unset VIRTUAL_ENV

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf .venv
    "$uv" venv --quiet --python "$(sh scripts/python.sh fastest)" .venv
fi
"$uv" pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
# Its build backend is in the lock file too, so nothing else is fetched for this step.
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
# Imported once by one process: those of `bursar up` start together, and each would compile the same modules.
.venv/bin/python -c 'import alembic.command, bursar.api.app, bursar.cli, bursar.demo, bursar.gateway.worker, \
bursar.intake, bursar.simulate, genai_prices, granian.server.embed, sqlalchemy.dialects.sqlite'
