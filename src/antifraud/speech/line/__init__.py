"""The telephone line that a call is sent through."""
