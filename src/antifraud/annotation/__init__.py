"""Calls become annotations: slow thinking in three rounds, tied to evidence."""
