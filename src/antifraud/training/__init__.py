"""Recipes: a release, checked for what a model reads and hears of it, with all that training starts from."""
