from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifraud.scenarios.grammar import Expander, Rule, Slot, TemplateError, names, parse


class Rules(Expander):
    def __init__(self, slots: dict[str, str], rules: dict[str, str], seed: int = 0) -> None:
        super().__init__(slots, Random(seed))
        self.rules = rules

    def rule(self, name: str) -> str:
        return self.rules[name] if name in self.rules else super().rule(name)


def every(text: str, slots: dict[str, str] | None = None, rules: dict[str, str] | None = None) -> set[str]:
    return {Rules(slots or {}, rules or {}, seed).expand(text) for seed in range(200)}


def test_alternatives_nest_and_may_be_empty() -> None:
    assert every("您(好|是(陈|王)女士|)吧") == {"您好吧", "您是陈女士吧", "您是王女士吧", "您吧"}


def test_a_slot_is_the_same_wherever_it_is_said() -> None:
    assert every("{a}，(还是|就是){a}", {"a": "水壶"}) == {"水壶，还是水壶", "水壶，就是水壶"}


def test_rules_hold_templates_again() -> None:
    assert every("<问候>{x}", {"x": "陈姐"}, {"问候": "(喂|您好)，"}) == {"喂，陈姐", "您好，陈姐"}


@pytest.mark.parametrize("text", ["(a|b", "a|b", "a)", "{}", "<>", "{a", "a>b<", "(a|(b)"])
def test_a_malformed_template_is_an_error(text: str) -> None:
    with pytest.raises(TemplateError):
        Rules({"a": ""}, {}).expand(text)


def test_what_does_not_exist_is_an_error() -> None:
    with pytest.raises(TemplateError, match=r"no slot \{b\}"):
        Rules({"a": ""}, {}).expand("{b}")
    with pytest.raises(TemplateError, match="no rule <r>"):
        Rules({}, {}).expand("<r>")


def test_rules_that_go_in_circles_are_an_error() -> None:
    with pytest.raises(TemplateError, match="circles"):
        Rules({}, {"a": "<b>", "b": "<a>"}).expand("<a>")


def test_names_finds_references_inside_alternatives() -> None:
    assert set(names(parse("({a}|<r>(b|{c}))"))) == {Slot("a"), Rule("r"), Slot("c")}


@given(st.text(alphabet="ab(|){}<>您，", max_size=30))
def test_any_text_either_expands_or_is_a_template_error(text: str) -> None:
    try:
        said = Rules({"a": "x", "b": "y"}, {"a": "x", "b": "y"}).expand(text)
    except TemplateError:
        return
    assert not set(said) & set("(|){}<>")
