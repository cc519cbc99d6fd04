"""Plans become dialogues: agents talk, a supervisor ends the call, a check reads it."""
