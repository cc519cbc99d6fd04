#!/usr/bin/env bash
# Sets up what the tests need, then runs every check, the tests in two processes.
# Arguments go to pytest, as in: scripts/test.sh tests/store -n 0
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh
install_into_venv "espeak,chattts,server,hub,plots,ray,training,test"
install_chromium
export PATH="$PWD/.venv/bin:$PATH"
ruff check .
ruff format --check .
mypy
lint-imports
antifraud scenarios validate
pytest -n 2 --dist worksteal "$@"
