"""How alike two texts are: copied runs of characters, and shingles shared."""
