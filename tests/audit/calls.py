"""Small calls for the audit, said word for word by the test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from antifraud.intake.lenient import read_any
from antifraud.labels import Act, Awareness, Emotion, FraudType, Outcome, Scene, Speaker
from antifraud.records import Dialogue, Ending, Evidence, Persona, Provenance, Turn

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
"""500 lines of the TeleAntiFraud repository, where they lie beside this checkout."""
RELEASED = {
    label: REFERENCE / f"{label}_dialogues.sample.jsonl"
    for label in ("fraud", "normal")
    if (REFERENCE / f"{label}_dialogues.sample.jsonl").exists()
}

SIDES = (Speaker.CALLER, Speaker.CALLEE)


def call(
    name: str,
    *texts: str,
    branch: str = "lawful",
    storyline: str | None = None,
    acts: Sequence[Sequence[Act]] = (),
    awareness: Awareness = Awareness.MIDDLE,
    outcome: Outcome = Outcome.UNRESOLVED,
    reason: str = "听完了",
    decisive: Evidence | None = None,
    family: str | None = None,
) -> Dialogue:
    """Return a call whose sides take turns; `acts` of the turns in order, none where they are left out."""
    person = Persona(
        name="王梅", gender="女", age=40, occupation="教师", region="华东", awareness=awareness, manner="热情"
    )
    shown = [*acts, *([()] * (len(texts) - len(acts)))]
    rest: dict[str, Any] = {"fraud_type": FraudType.BANKING if branch == "fraud" else None, "branch": branch}
    return Dialogue(
        id=name,
        seed=1,
        is_fraud=branch == "fraud",
        scene=Scene.CONSULTATION,
        official_category=None,
        scenario="made",
        storyline=storyline or name,
        family=family,
        caller=person,
        callee=person,
        intended_outcome=outcome,
        turns=tuple(
            Turn(index=index, speaker=SIDES[index % 2], text=text, emotion=Emotion.NEUTRAL, acts=tuple(shown[index]))
            for index, text in enumerate(texts)
        ),
        ending=Ending(ended_by="caller", outcome=outcome, reason=reason),
        decisive=decisive,
        source="adversarial",
        provenance=Provenance(engine="scripted", version="0"),
        **rest,
    )


def released(*labels: str) -> list[Dialogue]:
    """Return the dialogues of the reference sample as `antifraud stats` reads them."""
    return [dialogue for label in labels for dialogue in read_any(RELEASED[label])[0]]
