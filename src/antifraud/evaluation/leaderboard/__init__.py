"""Many models on one snapshot, side by side."""
