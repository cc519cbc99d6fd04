"""What the LLM agents are told: one plan, its facts and its agenda, as prompts from the packs."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from jinja2 import Environment, StrictUndefined, Template

from antifraud.dialogue.scripted_agents.caller import Caller
from antifraud.dialogue.wording import Wording, both
from antifraud.labels import CALLEE_ACTS, FRAUD_ACTS, FRAUD_OUTCOMES, LAWFUL_OUTCOMES, SAFE_ACTS, Act, Speaker
from antifraud.records import CallPlan
from antifraud.scenarios.packs import Packs


class Briefing:
    """The prompts of one call; the same plan and packs give the same words, so that the journal knows them.

    Args:
        schema: the service holds answers to a JSON schema, so that the prompts need not list what fits.
    """

    def __init__(self, plan: CallPlan, packs: Packs, *, schema: bool) -> None:
        caller, callee = both(plan)
        rng = Random(f"{plan.seed}:briefing")
        wording = Wording(plan, caller, callee, packs, rng)
        self._prompts = packs.prompts
        self._facts = {
            "plan": plan,
            "schema": schema,
            "facts": wording.slots,
            "role": wording.scenario.caller.role,
            "title": wording.scenario.title,
            "steps": [
                {"acts": step.acts, "say": wording.say(Speaker.CALLER, step.say).text}
                for step in Caller.of(wording.scenario, rng).agenda
            ],
            "outcomes": FRAUD_OUTCOMES if plan.is_fraud else LAWFUL_OUTCOMES,
            "callee_acts": CALLEE_ACTS,
        }
        self.caller_acts = caller_acts(is_fraud=plan.is_fraud)

    def prompt(self, name: str, acts: tuple[Act, ...] = (), **more: str) -> str:
        """Return a prompt of the packs, filled in for this call."""
        style = _template(self._prompts["style"]).render(self._facts).strip()
        return _template(self._prompts[name]).render(self._facts | {"style": style, "acts": acts} | more).strip()


def caller_acts(*, is_fraud: bool) -> tuple[Act, ...]:
    """Return the acts a caller of this kind may have."""
    return tuple(
        act
        for act in Act
        if act not in CALLEE_ACTS and (is_fraud or act not in FRAUD_ACTS) and (not is_fraud or act not in SAFE_ACTS)
    )


@lru_cache(maxsize=64)
def _template(text: str) -> Template:
    environment = Environment(  # noqa: S701 - plain text for a model, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)
