"""Annotated calls become frozen benchmark snapshots."""
