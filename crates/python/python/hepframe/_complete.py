"""What Tab offers inside the magics: options, tables, columns, functions, keywords, variables.

A function of text and words only; `magics` asks the session for the words and talks to IPython.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ._magic_line import OPTIONS
from ._sql_text import Table, meaningful, tables, tokens

_CELL = re.compile(r"\s*%%(?P<magic>\w+)[ \t]")
_LINE = re.compile(r"\s*(?:[^\W\d]\w*\s*=\s*)?%(?P<magic>\w+)[ \t]")
_NAME = r'[^\W\d]\w*"?(?:\[[^\[\]]*\])?'
_FIELD = re.compile(rf'(?P<owner>{_NAME}(?:\."?{_NAME})*)\.(?P<start>\w*)\Z')
_NOT_OF_PATHS = re.compile(r'"|\[[^\[\]]*\]')
_VECTOR = ("pt", "eta", "phi", "mass", "px", "py", "pz", "energy", "p", "rapidity")


@dataclass
class Words:
    """What there is to offer."""

    tables: Iterable[str] = ()
    functions: Iterable[str] = ()
    keywords: Iterable[str] = ()
    variables: Iterable[str] = ()
    """Python variables that can be values."""
    columns: Callable[[Table], Iterable[str]] = field(default=lambda table: ())
    """The columns of a table that a query reads; none if they are not known."""
    all_columns: Callable[[], Iterable[str]] = field(default=lambda: ())
    """The columns of all tables there are, for a query that has no FROM yet."""


@dataclass(frozen=True)
class Offer:
    """What may stand instead of the last characters in front of the cursor."""

    fragment: str
    """These characters."""
    words: list[tuple[str, str]]
    """Texts and what they are: `column`, `table`, `function`, `keyword`, `variable`, `option`."""


def sql_at(code: str, cursor: int, magics: Iterable[str]) -> tuple[str, int] | None:
    """The magic's text that the cursor is in, and the place in it; None outside of the magics.

    Args:
        code: a cell, or what is typed of it.
        cursor: characters in front of the cursor.
        magics: names of the magics, such as `hep`.
    """
    cell = _CELL.match(code)
    # Without a blank the name of a cell magic ends with its line.
    if cell is None and (newline := re.match(r"\s*%%(?P<magic>\w+)\n", code)):
        cell = newline
    if cell is not None:
        inside = cell["magic"] in magics and cursor >= cell.end()
        return (code[cell.end() :], cursor - cell.end()) if inside else None
    start = code.rfind("\n", 0, cursor) + 1
    end = code.find("\n", cursor)
    line = code[start : end if end >= 0 else len(code)]
    match = _LINE.match(line)
    if match is None or match["magic"] not in magics or cursor < start + match.end():
        return None
    return line[match.end() :], cursor - start - match.end()


def offer(text: str, cursor: int, words: Words) -> Offer:
    """What fits at the cursor, best first.

    Args:
        text: what stands behind `%hep` or `%%hep`.
        cursor: characters of it in front of the cursor.
        words: what there is.
    """
    before = text[:cursor]
    if "\n" not in before and (option := re.search(r"(?:\A|\s)(--[\w-]*)\Z", before)):
        return _fitting(option[1], {"option": [f"--{name}" for name in OPTIONS]})
    last = tokens(before)[-1] if before else None
    if last is not None and last.kind in ("string", "comment") and _is_open(last.text):
        return Offer("", [])
    fragment = re.search(r"\w*\Z", before)
    start = fragment[0] if fragment else ""
    head = before[: len(before) - len(start)]
    if re.search(r"\{\{\s*\Z", head) or re.search(r"(?<![:\w\]]):\Z", head):
        return _fitting(start, {"variable": words.variables})
    read = tables(_whole(text))
    if owned := _FIELD.search(before):
        return _fitting(owned["start"], {"column": _fields(owned["owner"], read, words)})
    if _wants_table(head):
        return _fitting(start, {"table": words.tables, "keyword": words.keywords if start else ()})
    columns = [name for table in read for name in words.columns(table)]
    if not read and start:
        columns = list(words.all_columns())
    return _fitting(
        start,
        {
            "column": [*columns, *_collections(columns)],
            "table": [table.alias or table.name for table in read if not table.is_location or table.alias],
            "function": words.functions,
            "keyword": words.keywords if start else (),
        },
    )


def _fitting(start: str, kinds: Mapping[str, Iterable[str]]) -> Offer:
    """Words that begin as typed; capitals do not matter, and keywords follow the typed ones."""
    found: dict[str, str] = {}
    for kind, names in kinds.items():
        for name in names:
            if not name.lower().startswith(start.lower()):
                continue
            shown = name
            if kind == "keyword":
                shown = name.lower() if start.islower() else name.upper()
            found.setdefault(shown, kind)
    return Offer(start, list(found.items()))


def _fields(owner: str, read: list[Table], words: Words) -> list[str]:
    """What can follow `owner.`: columns of a table, fields of a collection, parts of a vector."""
    owner = _NOT_OF_PATHS.sub("", owner)
    first, _, rest = owner.partition(".")
    for table in read:
        if owner in (table.alias, table.name):
            return list(words.columns(table))
        if rest and first in (table.alias, table.name):
            return _fields(rest, [table], words)
    columns = [name for table in read for name in words.columns(table)]
    fields = [name[len(owner) + 1 :] for name in columns if name.startswith((f"{owner}_", f"{owner}."))]
    if not fields:
        return []
    is_vector = {"pt", "eta", "phi"} <= set(fields)
    return fields + [part for part in _VECTOR if is_vector and part not in fields]


def _collections(columns: list[str]) -> list[str]:
    """`Muon`, if there are `Muon_pt` and another `Muon_*`, or `Muon.pt`."""
    owners = Counter(name.split("_", 1)[0] for name in columns if "_" in name and "." not in name)
    wholes = [name.partition(".")[0] for name in columns if "." in name]
    return [*(owner for owner, count in owners.items() if owner and count > 1), *wholes]


def _wants_table(head: str) -> bool:
    """True behind FROM and JOIN and the commas of FROM."""
    probe = tables(f"{head} hepframe_cursor")
    return bool(probe) and probe[-1].name == "hepframe_cursor" and not head.rstrip().endswith(".")


def _whole(text: str) -> str:
    """The text without the options, which are no SQL."""
    first, newline, rest = text.partition("\n")
    shown = re.sub(r"""--[A-Za-z][\w-]*(=|\s+)?("[^"]*"|'[^']*')?""", " ", first)
    return shown + newline + rest if meaningful(shown + rest) else ""


def _is_open(text: str) -> bool:
    """True for a string or comment that the cursor is still in."""
    if text.startswith("'"):
        return len(text) < 2 or not text.endswith("'") or text.count("'") % 2 == 1
    return text.startswith("--") or not text.endswith("*/") or len(text) < 4
