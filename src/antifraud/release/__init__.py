"""Annotated calls become training data in the formats people load."""
