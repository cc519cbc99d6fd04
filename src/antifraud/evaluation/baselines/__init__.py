"""Models that understand nothing, to be compared with; and an oracle that nobody can pass."""
