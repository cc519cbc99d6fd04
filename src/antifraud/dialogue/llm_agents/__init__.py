"""Agents of a chat service, told by prompts from the packs."""
