"""The command line: every command, and what its errors and exit codes are.

Heavy imports wait until a command runs, so that `--help` is quick.
"""

from __future__ import annotations

import signal
import sys

import click
import typer

from antifraud.cli import inspection, intake, scenarios, settings, stages
from antifraud.errors import AntifraudError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    name="antifraud",
    help="Make Mandarin phone-call data for teaching and testing models that recognise telecom fraud.",
    epilog="Start with: antifraud run configs/quickstart.yaml",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
stages.add_to(app)
intake.add_to(app)
inspection.add_to(app)
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(settings.app, name="config")


def main() -> None:
    """Run the command line; the exit code is 0, 1 (failure), 2 (wrong use), 3 (too many rejected) or 130 (stopped)."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        code = typer.main.get_command(app).main(standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except AntifraudError as exc:
        print(exc, file=sys.stderr)
        sys.exit(exc.exit_code)
    except (KeyboardInterrupt, click.Abort):
        print("\nStopped. What was finished is kept; go on with the same command:", file=sys.stderr)
        print(f"  antifraud {' '.join(sys.argv[1:])}", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
