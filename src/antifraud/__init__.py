"""Mandarin phone-call data for teaching and testing models that recognise telecom fraud."""

__version__ = "0.1.0"
