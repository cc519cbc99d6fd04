"""Calls that do again what another call did: planned anew for the scripted agents, or written by a chat model."""
