"""What changed from one snapshot to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from antifraud.bench.snapshot_counts import snapshot_counts
from antifraud.records import Record
from antifraud.snapshot import Item, Reference, Snapshot

LABELS: Final = ("is_fraud", "scene", "fraud_type", "official_category", "decisive", "branch")
"""Fields of a reference that decide what a right answer is."""
_MADE_OF: Final = ("antifraud", "inputs", "config", "seed", "engines", "against", "parent")


class Change(Record):
    """A field that two snapshots do not share, as JSON shows it; None where one of them lacks it."""

    field: str
    before: Any
    after: Any


class ChangedItem(Record):
    """A call that both hold, but not alike."""

    id: str
    labels: tuple[Change, ...]
    """Of the reference: what is right changed."""
    fields: tuple[str, ...]
    """Everything else that changed, as `item.sha256` or `reference.turns`."""


class Changes(Record):
    """The way from one snapshot to another."""

    before: str
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[ChangedItem, ...]
    unchanged: int
    counts: dict[str, dict[str, tuple[int | float, int | float]]]
    """By table and value: calls before and after, where they differ."""
    made_of: tuple[Change, ...]
    """Config, inputs, seed, engines and versions."""


def changes(before: Snapshot, after: Snapshot) -> Changes:
    """Compare two snapshots, call by call."""
    old, new = dict(_by_id(before)), dict(_by_id(after))
    both = sorted(old.keys() & new.keys())
    changed = tuple(found for call in both if (found := _changed(call, old[call], new[call])) is not None)
    return Changes(
        before=before.name,
        after=after.name,
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=changed,
        unchanged=len(both) - len(changed),
        counts=_moved(_counts(old), _counts(new)),
        made_of=tuple(
            _compared({key: before.manifest.get(key) for key in _MADE_OF}, {k: after.manifest.get(k) for k in _MADE_OF})
        ),
    )


def _by_id(snapshot: Snapshot) -> Iterator[tuple[str, tuple[Item, Reference]]]:
    for item, reference in snapshot.pairs():
        yield item.id, (item, reference)


def _changed(call: str, old: tuple[Item, Reference], new: tuple[Item, Reference]) -> ChangedItem | None:
    labels, fields = [], []
    for part, before, after in zip(("item", "reference"), old, new, strict=True):
        was, now = before.model_dump(mode="json"), after.model_dump(mode="json")
        for field in sorted(key for key in was if was[key] != now[key]):
            if part == "reference" and field in LABELS:
                labels.append(Change(field=field, before=was[field], after=now[field]))
            else:
                fields.append(f"{part}.{field}")
    if not labels and not fields:
        return None
    return ChangedItem(id=call, labels=tuple(labels), fields=tuple(fields))


def _counts(pairs: Mapping[str, tuple[Item, Reference]]) -> dict[str, dict[str, int | float]]:
    """Return the tables of a snapshot, totals and subsets as tables too."""
    counted = snapshot_counts([item for item, _ in pairs.values()], [reference for _, reference in pairs.values()])
    subsets = {name: row["calls"] for name, row in counted.pop("subsets").items()}
    totals = {key: value for key, value in counted.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in counted.items() if isinstance(value, dict)}
    return {"totals": totals, **tables, "subsets": subsets}


def _moved(
    old: Mapping[str, Mapping[str, int | float]], new: Mapping[str, Mapping[str, int | float]]
) -> dict[str, dict[str, tuple[int | float, int | float]]]:
    tables = {}
    for table in new:
        values = sorted({*old[table], *new[table]})
        pairs = {value: (old[table].get(value, 0), new[table].get(value, 0)) for value in values}
        tables[table] = {value: pair for value, pair in pairs.items() if pair[0] != pair[1]}
    return {table: rows for table, rows in tables.items() if rows}


def _compared(old: Any, new: Any, place: str = "") -> Iterator[Change]:
    """Yield the leaves in which two JSON values differ; lists are leaves."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _compared(old.get(key), new.get(key), f"{place}.{key}" if place else key)
    elif old != new:
        yield Change(field=place, before=old, after=new)
