"""A page on which a human confirms what was replaced; it shows the originals, so it stays inside the walls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from antifraud.privacy.anonymiser import Edit

_HEAD = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>Review of anonymised calls</title>
<style>body{font:16px/1.7 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}del{background:#fdd}
ins{background:#dfd;text-decoration:none}h2{font-size:1em;border-top:1px solid #999;padding-top:1em}
p{margin:.2em 0}.warning{background:#fe9;padding:.5em}</style>
<h1>Review of anonymised calls</h1>
<p class="warning">This page shows personal data. Keep it where the recordings are kept, and delete it after review.</p>
<p>Struck through: what was said. Beside it: what stands there now. Look for what is neither.</p>
"""


def review_page(calls: Iterable[tuple[str, Sequence[str], Sequence[Sequence[Edit]]]]) -> bytes:
    """Return the page: id, texts and edits of each call, with a box to tick when it was read."""
    parts = [_HEAD]
    for name, texts, edits in calls:
        parts.append(f'<h2><label><input type="checkbox"> {escape(name)}</label></h2>\n')
        parts += [f"<p>{_marked(text, some)}</p>\n" for text, some in zip(texts, edits)]
    return "".join([*parts, "</html>\n"]).encode()


def _marked(text: str, edits: Sequence[Edit]) -> str:
    parts, place = [], 0
    for edit in sorted(edits):
        parts.append(escape(text[place : edit.start]))
        parts.append(f"<del>{escape(text[edit.start : edit.end])}</del><ins>{escape(edit.new)}</ins>")
        place = edit.end
    return "".join([*parts, escape(text[place:])])
