"""What a finished stage says: a rich table on stderr, or JSON on stdout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from antifraud.bench.build_bench import Frozen
from antifraud.engine.stage import Tally
from antifraud.release.pack import Release
from antifraud.store.manifest import COUNTED, describe, dump_json


def show_stage(name: str, result: Any, *, as_json: bool) -> None:
    """Show how one stage ended."""
    if as_json:
        sound = {"figures": figures(result.output)} if name == "synthesize" and result.accepted else {}
        agreed = {"agreement": agreed_by_label(result.output)} if name == "annotate" and result.accepted else {}
        print_json({**as_data(result), **sound, **agreed})
        return
    console().print(_results([(name, result)]))
    if name == "synthesize" and result.accepted:
        console().print(_gates(result.output))
    if name == "annotate" and result.accepted:
        _agreement(result.output)
    console().print(f"Written to {_where(result)}", soft_wrap=True)
    if isinstance(result, Tally) and result.reasons:
        reasons(result)


def show_run(folder: Path, results: list[tuple[str, Any]], *, as_json: bool) -> None:
    """Show how a whole run ended, and where its results are."""
    if as_json:
        print_json({name: as_data(result) for name, result in results})
        return
    console().print(_results(results))
    labels(describe(results[1][1].output)["counts"])
    console().print(_gates(dict(results)["synthesize"].output))
    for _, result in results:
        if isinstance(result, Tally) and result.reasons:
            reasons(result)
    console().print(f"Everything is in {folder}; listen to {folder}/audio/.", soft_wrap=True)


def labels(counts: dict[str, dict[str, int]]) -> None:
    """Show how many calls each label has."""
    table = Table("label", "value", "calls")
    for key in COUNTED:
        for value, count in counts[key].items():
            table.add_row(key, value, str(count))
    console().print(table)


def reasons(tally: Tally) -> None:
    """Show why records were rejected."""
    table = Table("rejected because", "records", title=tally.stage)
    for reason, count in tally.reasons.most_common():
        table.add_row(reason, str(count))
    console().print(table)


def as_data(result: Any) -> dict[str, Any]:
    """Return a result as plain data."""
    if isinstance(result, Tally):
        return {
            "output": str(result.output),
            "in": result.entered,
            "accepted": result.accepted,
            "rejected": result.rejected,
            "resumed": result.resumed,
            "reasons": dict(result.reasons),
            "note": result.note,
        }
    if isinstance(result, Release):
        return {"output": str(result.folder), **{split: c.calls for split, c in result.splits.items()}}
    if isinstance(result, Frozen):
        return {"output": str(result.folder), "calls": result.calls, "fraud": result.fraud, "existed": result.existed}
    raise TypeError(f"no summary for {type(result).__name__}")


def figures(calls: Path) -> dict[str, tuple[float, float, float]]:
    """Return least, median and largest value of every figure of the calls in a file."""
    from antifraud.records import Call
    from antifraud.speech.gates.summary import summarise
    from antifraud.store.lines import read_records

    return summarise(call.quality for call in read_records(calls, Call))


def _gates(calls: Path) -> Table:
    from antifraud.speech.gates.summary import gate_of

    table = Table(title="sound of the calls")
    table.add_column("figure", no_wrap=True)
    for column in ("least", "median", "largest", "passes"):
        table.add_column(column)
    for figure, values in figures(calls).items():
        gate = gate_of(figure)
        table.add_row(figure, *(f"{value:.3g}" for value in values), gate.passes if gate else "not gated")
    return table


def agreed_by_label(annotations: Path) -> dict[str, dict[str, float]]:
    """Return how often a model's samples were right, by question and label."""
    from antifraud.annotation.agreement import agreement
    from antifraud.records import AnnotatedCall
    from antifraud.store.lines import read_records

    return agreement(read_records(annotations, AnnotatedCall))


def _agreement(annotations: Path) -> None:
    table = Table("question", "label", "samples that were right")
    for task, labels in agreed_by_label(annotations).items():
        for label, share in labels.items():
            table.add_row(task, label, f"{share:.0%}")
    if table.row_count:
        console().print(table)


def print_json(data: Any) -> None:
    """Print data as JSON on stdout."""
    sys.stdout.write(dump_json(data).decode())


def console() -> Console:
    """Return the console for people: stderr, so that stdout stays data."""
    return Console(stderr=True)


def _results(results: list[tuple[str, Any]]) -> Table:
    table = Table("stage", "result", "file")
    for name, result in results:
        table.add_row(name, _result(result), _where(result).name)
    return table


def _result(result: Any) -> str:
    if isinstance(result, Tally):
        earlier = f" ({result.resumed} from before)" if result.resumed else ""
        more = f"; {result.note}" if result.note else ""
        return f"{result.accepted} of {result.entered} accepted, {result.rejected} rejected{earlier}{more}"
    if isinstance(result, Release):
        return ", ".join(f"{counts.calls} {split}" for split, counts in result.splits.items())
    existed = ", unchanged" if result.existed else ""
    return f"{result.calls} calls, {result.fraud} fraud{existed}"


def _where(result: Any) -> Path:
    return Path(result.output if isinstance(result, Tally) else result.folder)
