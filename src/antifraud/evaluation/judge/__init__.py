"""How well models argue, as another model judges it."""
