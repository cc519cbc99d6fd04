"""Scenario packs: what a call can be about and how people say it, as data."""
