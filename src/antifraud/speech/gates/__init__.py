"""What speech and calls must measure up to: named figures, each with a unit, limits and the source of the limits.

`figures` measures an utterance as the engine spoke it, `call_figures` a finished call, `limits` holds every limit,
`faults` compares the two, `summary` tells many calls in one table.
"""
