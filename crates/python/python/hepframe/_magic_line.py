"""Reads what stands behind `%hep` and `%%hep`: options, a name for the answer, then SQL.

```text
--limit 10 --hist "MET_pt: 100, 0, 200"  best << SELECT MET_pt FROM events
└ options, each known by its name ────┘  └ name └ SQL, as it stands
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches

from .errors import HepframeError, InvalidQuery

OPTIONS: dict[str, tuple[str, str]] = {
    "save": ("NAME", "keep the query under a name, for --with and FROM of later cells"),
    "with": ("NAME", "a kept query that this one reads; may be given several times"),
    "no-execute": ("", "with --save: plan the query but do not run it"),
    "limit": ("N", "at most N rows"),
    "hist": ("SPEC", 'fill "column: bins, low, high" from the rows; several are filled in one scan'),
    "plot": ("", "draw the answer: histograms, or columns over the first one"),
    "explain": ("", "show what the query will read and do, without running it"),
    "no-display": ("", "show nothing"),
    "cluster": (
        "URL",
        "run this and later cells there: hepframe://host:port, an alias, a variable; or `local`",
    ),
    "alias": ("NAME", "a short name for the URL of --cluster"),
    "connections": ("", "list what --cluster has connected to"),
    "help": ("", "show this"),
}
"""Name of every option, what it takes ("" for nothing) and what it does."""

_ASSIGNED = re.compile(r"\s*(?P<name>[^\W\d]\w*)\s*(?P<also_show>=)?\s*<<(?!<)")
_OPTION = re.compile(r"\s*--(?P<name>[A-Za-z][\w-]*)(?P<equals>=)?")
_VALUE = re.compile(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>\S+))""")
_SPEC = re.compile(r"(?P<expression>.+):(?P<numbers>[^:]*)", re.DOTALL)


class UnknownOption(HepframeError):
    """An option that the magics do not have, or one that is used wrongly."""


@dataclass(frozen=True)
class HistSpec:
    """What `--hist` asks for: bins of equal width from `low` to `high`, in the column's own unit."""

    expression: str
    bins: int
    low: float
    high: float


@dataclass
class Request:
    """What a magic is asked to do."""

    sql: str = ""
    name: str | None = None
    """The variable in front of `<<`."""
    also_show: bool = False
    """True for `name = <<`, which shows the answer too."""
    save: str | None = None
    with_: list[str] = field(default_factory=list)
    limit: int | None = None
    hists: list[HistSpec] = field(default_factory=list)
    cluster: str | None = None
    alias: str | None = None
    flags: set[str] = field(default_factory=set)
    """Options that take nothing and were given."""


def read_request(line: str, cell: str | None = None) -> Request:
    """Takes the line of a magic apart; the cell's text goes behind it.

    Raises:
        UnknownOption: an option there is not, with the nearest there is; a value that is missing
            or that cannot be.
        InvalidQuery: a `--hist` that is not `column: bins, low, high`.
    """
    request = Request()
    text = line if cell is None else f"{line}\n{cell}"
    place = 0
    while True:
        option = _OPTION.match(text, place)
        # Only the first line has options: SQL below may begin with a comment.
        if option is not None and option.start("name") <= len(line):
            place = _take(request, option, text, len(line))
            continue
        named = None if request.name else _ASSIGNED.match(text, place)
        if named is None:
            break
        request.name, request.also_show = named["name"], named["also_show"] is not None
        place = named.end()
    request.sql = text[place:].strip()
    _check(request)
    return request


def help_text() -> str:
    """What the magics take, for people."""
    lines = [
        "%hep [OPTIONS] SQL            one line; x = %hep SELECT ... keeps the answer",
        "%%hep [OPTIONS] [NAME <<]     SQL in the lines below; NAME gets the answer, a DataFrame",
        "",
    ]
    for name, (value, what) in OPTIONS.items():
        shown = f"--{name} {value}".rstrip()
        lines.append(f"  {shown:<16} {what}")
    lines += [
        "",
        "{{x}} and :x in SQL are the value of the Python variable x. Behind FROM, {{path}} is a file,",
        "and a variable with a DataFrame, a pyarrow, pandas or polars table is a table by its name.",
    ]
    return "\n".join(lines)


def _take(request: Request, match: re.Match[str], text: str, end: int) -> int:
    """Notes one option; returns where the text goes on."""
    name, place = match["name"].lower().replace("_", "-"), match.end()
    if name not in OPTIONS:
        near = get_close_matches(name, OPTIONS, 1, 0.5)
        hint = f"did you mean --{near[0]}?" if near else "%hep --help lists them"
        raise UnknownOption(f"there is no option --{name}: {hint}")
    kind = OPTIONS[name][0]
    if not kind:
        request.flags.add(name)
        return place
    value = _VALUE.match(text, place, end)
    if value is None:
        raise UnknownOption(f"--{name} takes a value: --{name} {kind}")
    _set(request, name, next(group for group in value.groups() if group is not None))
    return value.end()


def _set(request: Request, name: str, value: str) -> None:
    if name == "limit":
        if not value.isdecimal():
            raise UnknownOption(f"--limit takes a number of rows, not `{value}`")
        request.limit = int(value)
    elif name == "hist":
        request.hists.append(read_hist(value))
    elif name == "with":
        request.with_ += [part for part in value.split(",") if part]
    elif name == "save":
        if not value.isidentifier():
            raise UnknownOption(f"--save takes a name, not `{value}`")
        request.save = value
    elif name == "alias":
        request.alias = value
    else:
        request.cluster = value


def read_hist(spec: str) -> HistSpec:
    """Reads `MET_pt: 100, 0, 200`.

    Raises:
        InvalidQuery: something else.
    """
    match = _SPEC.fullmatch(spec)
    try:
        # Without a match there are no numbers, which is a ValueError too.
        bins, low, high = match["numbers"].split(",") if match else []
        return HistSpec(match["expression"].strip() if match else "", int(bins), float(low), float(high))
    except ValueError:
        why = f'--hist takes "column: bins, low, high", as in "MET_pt: 100, 0, 200", not "{spec}"'
        raise InvalidQuery(why) from None


def _check(request: Request) -> None:
    """Refuses what does not go together."""
    if "no-execute" in request.flags and request.save is None:
        raise UnknownOption("--no-execute goes with --save NAME: otherwise nothing is left of the query")
    if request.alias is not None and request.cluster is None:
        raise UnknownOption("--alias goes with --cluster URL, which it names")
    if request.hists and "explain" in request.flags:
        raise UnknownOption("--explain shows a query; leave --hist away")
