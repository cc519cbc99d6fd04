"""`python -m antifraud` is the same as `antifraud`."""

from antifraud.cli.app import main

main()
