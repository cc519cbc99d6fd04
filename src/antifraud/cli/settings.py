"""`antifraud config`: the settings as they are, and as they can be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from antifraud.cli.options import Overrides, RunName, Seed, config_from

app = typer.Typer(help="Look at the settings.", no_args_is_help=True, rich_markup_mode=None)

ConfigArgument = Annotated[Optional[Path], typer.Argument(help="YAML file with settings.")]


@app.command(epilog="Example: antifraud config show configs/quickstart.yaml --set run.seed=7")
def show(config: ConfigArgument = None, overrides: Overrides = None, seed: Seed = None, run: RunName = None) -> None:
    """Print the resolved settings as YAML: file, environment and options merged, secrets masked."""
    import yaml

    from antifraud.documents import masked

    settings = config_from(config, overrides, seed, run).model_dump(mode="json")
    typer.echo(yaml.safe_dump(masked(settings), allow_unicode=True, sort_keys=False), nl=False)


@app.command(epilog="Example: antifraud config schema > config.schema.json")
def schema() -> None:
    """Print the JSON schema of the settings."""
    from antifraud.cli.summary import print_json
    from antifraud.config import Config

    print_json(Config.model_json_schema())
