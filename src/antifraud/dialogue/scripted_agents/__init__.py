"""Agents without a model: an agenda, a callee whose trust and suspicion move, a supervisor."""
