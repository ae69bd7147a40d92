"""What a magic has to know of a SQL text: its Python variables, its tables, its statements.

The text is cut into tokens, so that nothing is looked for in strings and comments. It is not parsed:
that is the engine's, and what is not understood here goes through as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<string>'(?:[^']|'')*(?:'|\Z))
    | (?P<quoted>"(?:[^"]|"")*(?:"|\Z))
    | (?P<braces>\{\{.*?\}\})
    | (?P<cast>::)
    | (?P<bound>:[A-Za-z_]\w*)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d[\w.]*)
    | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_BEFORE_TABLE = {"FROM", "JOIN"}
# What ends the list of tables after FROM, and what cannot be an alias.
_NOT_ALIAS = {
    *("WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "SELECT", "UNION", "EXCEPT", "INTERSECT"),
    *("ON", "USING", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "WINDOW", "QUALIFY"),
    *("FROM", "SEMI", "ANTI", "FETCH", "LATERAL", "TABLESAMPLE", "VALUES", "SET", "TO"),
}


@dataclass(frozen=True)
class Token:
    """A piece of the text: `text[start:start + len(self.text)]`."""

    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """A word in capitals; "" for everything else."""
        return self.text.upper() if self.kind == "word" else ""


@dataclass(frozen=True)
class Variable:
    """A Python variable in the text, as `:name` or `{{name}}`."""

    name: str
    start: int
    end: int
    written: str
    is_table: bool
    """True behind FROM and JOIN, where a value is a table or a location."""


@dataclass(frozen=True)
class Table:
    """A table that the text reads."""

    name: str
    alias: str | None
    is_location: bool
    """True for `'file.root:tree'`."""


def tokens(text: str) -> list[Token]:
    """All tokens, spaces and comments too; put together they are the text."""
    return [Token(match.lastgroup or "mark", match.group(), match.start()) for match in _TOKEN.finditer(text)]


def meaningful(text: str) -> list[Token]:
    """The tokens that are not spaces or comments."""
    return [token for token in tokens(text) if token.kind not in ("space", "comment")]


def variables(text: str) -> list[Variable]:
    """The Python variables, in their order.

    `:name` is none inside `[...]`, where it is a part of a slice, behind `::` and right behind a
    word; `{{name}}` always is one.
    """
    found = []
    before = Token("mark", "", 0)
    depth = 0
    end_of_last = -1
    for table_next, token in _with_table_places(text):
        if token.text in "[]" and token.kind == "mark":
            depth += 1 if token.text == "[" else -1
        glued = end_of_last == token.start and before.kind in ("word", "number", "quoted", "string")
        if token.kind == "braces":
            name = token.text[2:-2].strip()
        elif token.kind == "bound" and depth <= 0 and not glued:
            name = token.text[1:]
        else:
            name = ""
        if name or token.kind == "braces":
            end = token.start + len(token.text)
            found.append(Variable(name, token.start, end, token.text, table_next))
        before, end_of_last = token, token.start + len(token.text)
    return found


def tables(text: str) -> list[Table]:
    """The tables that are read by name or by location, with their aliases."""
    found = []
    places = list(_with_table_places(text))
    for index, (table_next, token) in enumerate(places):
        if not table_next or token.kind not in ("word", "quoted", "string") or token.word in _NOT_ALIAS:
            continue
        following = [item for _, item in places[index + 1 : index + 3]]
        if following and following[0].text in (".", "("):
            continue
        found.append(Table(_unquoted(token), _alias(following), token.kind == "string"))
    return found


def quoted_names(text: str) -> list[str]:
    """What stands as `{{name}}` inside strings, where it is not looked for."""
    strings = (token.text for token in tokens(text) if token.kind == "string")
    return [name for string in strings for name in re.findall(r"\{\{\s*(\w+)\s*\}\}", string)]


def statements(text: str) -> list[str]:
    """The statements between semicolons, without empty ones."""
    parts = [""]
    for token in tokens(text):
        if token.kind == "mark" and token.text == ";":
            parts.append("")
        else:
            parts[-1] += token.text
    return [part.strip() for part in parts if meaningful(part)]


def _with_table_places(text: str) -> Iterator[tuple[bool, Token]]:
    """The meaningful tokens, and whether a table is to come at each of them."""
    # Per open parenthesis: whether a comma is followed by a table.
    lists = [False]
    table_next = False
    for token in meaningful(text):
        yield table_next, token
        if token.word in _BEFORE_TABLE:
            lists[-1] = table_next = True
        elif token.kind == "mark" and token.text == ",":
            table_next = lists[-1]
        elif token.kind == "mark" and token.text == "(":
            lists.append(False)
            table_next = False
        elif token.kind == "mark" and token.text == ")":
            lists.pop()
            lists = lists or [False]
            table_next = False
        else:
            table_next = False
            if token.word in _NOT_ALIAS:
                lists[-1] = False


def _alias(following: list[Token]) -> str | None:
    """What a table is called in the query, from the two tokens behind it."""
    if following and following[0].word == "AS":
        following = following[1:]
    if not following or following[0].kind not in ("word", "quoted") or following[0].word in _NOT_ALIAS:
        return None
    return _unquoted(following[0])


def _unquoted(token: Token) -> str:
    if token.kind in ("quoted", "string"):
        quote = token.text[0]
        inner = token.text[1:-1] if token.text.endswith(quote) and len(token.text) > 1 else token.text[1:]
        return inner.replace(2 * quote, quote)
    return token.text
