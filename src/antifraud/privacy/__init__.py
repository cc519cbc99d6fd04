"""Personal data: finding it, replacing it by surrogates, and proving that nothing is left."""
