"""A snapshot as a task of Inspect AI, which asks; who is right, our own parser decides."""
