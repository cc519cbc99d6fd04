"""Tokens and money."""

from __future__ import annotations

import pytest

from antifraud.service_config import Price
from antifraud.services.exchange import Usage
from antifraud.services.pricing import cost, upper_bound

from .conftest import question


def test_cached_tokens_have_their_own_price_and_reasoning_counts_once():
    usage = Usage(prompt=1000, cached=600, completion=500, reasoning=300)
    assert cost(usage, Price(prompt=4, cached=1, completion=8)) == pytest.approx((400 * 4 + 600 * 1 + 500 * 8) / 1e6)


def test_cached_tokens_cost_what_others_do_where_no_price_is_given():
    assert cost(Usage(prompt=1000, cached=600), Price(prompt=4)) == pytest.approx(0.004)


def test_usages_add_up():
    assert Usage(1, 2, 3, 4) + Usage(10, 20, 30, 40) == Usage(11, 22, 33, 44)


def test_the_bound_covers_schema_and_thinking():
    plain = upper_bound(question(), {})
    assert upper_bound(question(schema={"type": "object"}), {}).prompt > plain.prompt
    assert upper_bound(question(), {"thinking_budget": 512}).completion == plain.completion + 512


async def test_the_bound_is_above_what_the_service_charges(open_chat):
    async with open_chat() as chat:
        reply = await chat.ask(question())
    bound = upper_bound(question(), {})
    assert reply.usage.prompt <= bound.prompt and reply.usage.completion <= bound.completion
