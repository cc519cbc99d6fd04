"""How a stage runs: resume, bounded concurrency, progress, counts."""
