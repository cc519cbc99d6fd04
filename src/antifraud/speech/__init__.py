"""Dialogues become calls: voices, reading of numbers, timing, mixing."""
