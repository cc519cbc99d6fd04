"""Transcripts of many forms become utterances of two sides."""
