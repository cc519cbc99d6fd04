"""Seed dialogues are planned anew, imitated round by round, and sieved."""
