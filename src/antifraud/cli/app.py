"""The command line: every command, and what its errors and exit codes are.

Heavy imports wait until a command runs, so that `--help` is quick.
"""

from __future__ import annotations

import shlex
import signal
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from antifraud.cli import (
    bench,
    evaluation,
    imitation,
    inspection,
    intake,
    money,
    privacy,
    ranking,
    release,
    scenarios,
    serving,
    settings,
    stages,
    statistics,
    training,
    viewing,
    voices,
)
from antifraud.errors import AntifraudError, Interrupted


class Commands(TyperGroup):
    """Commands that can be stopped by Ctrl-C at any moment."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; Ctrl-C becomes an error that says how to go on."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as exc:
            raise Interrupted(
                "\nStopped. What was finished is kept; go on with the same command:\n"
                f"  antifraud {shlex.join(sys.argv[1:])}"
            ) from exc


app = typer.Typer(
    name="antifraud",
    cls=Commands,
    help="Make Mandarin phone-call data for teaching and testing models that recognise telecom fraud.",
    epilog="Start with: antifraud run configs/quickstart.yaml",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
stages.add_to(app)
intake.add_to(app)
imitation.add_to(app)
privacy.add_to(app)
money.add_to(app)
release.add_to(app)
evaluation.add_to(app)
ranking.add_to(app)
inspection.add_to(app)
statistics.add_to(app)
training.add_to(app)
serving.add_to(app)
viewing.add_to(app)
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(voices.app, name="voices")
app.add_typer(bench.app, name="bench")
app.add_typer(settings.app, name="config")


def main() -> None:
    """Run the command line; the exit code is 0, 1 (failure), 2 (wrong use), 3 (below a limit) or 130 (stopped)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # scripts start background jobs with it ignored
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        app()
    except AntifraudError as exc:
        print(exc, file=sys.stderr)
        sys.exit(exc.exit_code)
