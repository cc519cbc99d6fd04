"""Dialogues from elsewhere become ours."""
