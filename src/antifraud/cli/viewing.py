"""`antifraud view`: calls to see and hear in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from antifraud.site.shown_calls import Shelf
    from antifraud.site.view import Site


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(epilog="Example: antifraud view data/runs/quickstart")(view)


def view(
    paths: Annotated[list[Path], typer.Argument(help="Runs, releases, snapshots, record files; folders with results.")],
    output: Annotated[Optional[Path], typer.Option("--output", "-o", help="Write the site into this folder.")] = None,
    single: Annotated[
        Optional[str], typer.Option("--single", metavar="ID", help="One call alone, as one file with its recording.")
    ] = None,
    review: Annotated[bool, typer.Option("--review", help="With questions to judge each call by.")] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Offer it on 127.0.0.1 until Ctrl-C, and keep reviews.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="For --serve; 0 takes a free one.")] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
) -> None:
    """Write a site that shows calls, and open it: no server, no outside request.

    Of models that were scored, give the snapshot and the folder of their results.
    The site of a run goes into the run, others beside what they show. Recordings stay where they are.
    """
    from antifraud.site.shown_calls import holds_calls, shelves
    from antifraud.site.single import write_single
    from antifraud.site.view import default_folder, write_site
    from antifraud.stages.shown_results import models_in

    models = models_in(paths)
    shown = shelves([path for path in paths if not models or holds_calls(path)])
    if single is not None:
        page = write_single(shown, single, output or Path())
        typer.echo(f"{page}: {page.stat().st_size:,} bytes.")
        if not no_open:
            _open(page.resolve().as_uri())
        return
    site = write_site(shown, output or default_folder(shown[0]), review, models)
    typer.echo(f"{site.folder / 'index.html'}: {site.calls} calls, {site.silent} of them without a recording.")
    if serve:
        _serve(site, shown, review, port, no_open)
    elif not no_open:
        _open((site.folder / "index.html").resolve().as_uri())


def _serve(site: Site, shown: list[Shelf], review: bool, port: int, no_open: bool) -> None:
    from antifraud.site.loopback import LoopbackServer
    from antifraud.site.reviews import Review, append, reviews_path

    places = {of.name: reviews_path(of.path, of.kind in ("release", "snapshot")) for of in shown}

    def keep(found: Review) -> None:
        append(places.get(found.shelf, places[shown[0].name]), found)

    with LoopbackServer(site.folder, site.recordings, keep if review else None, port) as server:
        typer.echo(f"Open {server.url}; Ctrl-C ends it.")
        if not no_open:
            _open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("Ended.")


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)
