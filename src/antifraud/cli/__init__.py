"""Options in, summary or error out; nothing here knows how a stage works."""
