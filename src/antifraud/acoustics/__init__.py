"""Measures of speech in sound: levels, activity, pitch, and how much there is to say in a text."""
