"""Recordings become utterances of two sides."""
