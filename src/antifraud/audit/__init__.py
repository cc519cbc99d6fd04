"""What a set of dialogues is like: counts, variety, defects, shortcuts, and whether it may be released."""
