"""The world outside: chat APIs behind limits, retries, a budget and a journal of every paid answer."""
