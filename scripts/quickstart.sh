#!/usr/bin/env bash
# From nothing to 48 phone calls one can listen to: no key, no GPU, no download of weights.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh
install_into_venv espeak
.venv/bin/antifraud run configs/quickstart.yaml "$@"
.venv/bin/antifraud verify data/runs/quickstart/release
.venv/bin/antifraud verify data/runs/quickstart/bench/quickstart
cat <<'TXT'

What there is now:
  data/runs/quickstart/dialogues.jsonl     48 dialogues with their acts
  data/runs/quickstart/audio/*.wav         48 calls to listen to: caller left, callee right
  data/runs/quickstart/calls.jsonl         when each turn is heard
  data/runs/quickstart/annotations.jsonl   three rounds of reasoning, tied to quotes
  data/runs/quickstart/release/            training data, with its card in README.md
  data/runs/quickstart/bench/quickstart/   a frozen benchmark
Next: .venv/bin/antifraud status --run quickstart
TXT
