"""Answers of models to a frozen benchmark, read and scored."""
