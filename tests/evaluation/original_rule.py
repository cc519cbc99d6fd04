"""The rule of the original's classification script, written anew from a description of it, faults and all.

The first JSON object of the text is read, else the first label of the list that the text holds; a fraud answer without
either is normal, any other `unknown`. A record without a reference takes the prediction for it, and one without a
response is read as it lies. F1 is averaged over all classes that occur, `unknown` too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

FIELDS = {"scene": "scene", "fraud": "is_fraud", "fraud_type": "fraud_type"}


def original_label(record: Mapping[str, Any], task: str, labels: Sequence[str]) -> str:
    """Return what the original reads in a record {response, answer}."""
    text = record.get("response") or json.dumps(record, ensure_ascii=False)
    if match := re.search(r"\{[^{}]*\}", text):
        try:
            value = json.loads(match.group()).get(FIELDS[task])
        except json.JSONDecodeError:
            value = None
        if task == "fraud" and isinstance(value, bool):
            return "fraud" if value else "normal"
        if value in labels:
            return str(value)
    found = next((label for label in labels if label in text), None)
    return found or ("normal" if task == "fraud" else "unknown")


def original_scores(records: Sequence[Mapping[str, Any]], task: str, labels: Sequence[str]) -> dict[str, float]:
    """Return accuracy and F1 as the original has them."""
    guesses = [original_label(record, task, labels) for record in records]
    truths = [record.get("answer") or guess for record, guess in zip(records, guesses, strict=True)]
    classes = sorted({*truths, *guesses})
    f1, support = {}, {}
    for name in classes:
        hits = sum(truth == guess == name for truth, guess in zip(truths, guesses, strict=True))
        support[name] = truths.count(name)
        f1[name] = 2 * hits / (support[name] + guesses.count(name))
    right = sum(truth == guess for truth, guess in zip(truths, guesses, strict=True))
    return {
        "accuracy": right / len(truths),
        "macro_f1": sum(f1.values()) / len(classes),
        "weighted_f1": sum(f1[name] * support[name] for name in classes) / len(truths),
        "micro_f1": right / len(truths),
    }
