"""Who sounds how: the voice bank, and which voice each side of a call gets."""
