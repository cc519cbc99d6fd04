"""Calls to see and hear in a browser: pages without a server, written from record files."""
