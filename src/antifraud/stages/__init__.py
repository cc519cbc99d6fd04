"""Wires the stages: what each reads, writes and asks services for. `antifraud.pipeline` has them in order."""
