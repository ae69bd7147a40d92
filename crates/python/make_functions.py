"""Writes `functions.py` of the package from `docs/physics.md` and `function_table.py`.

    python crates/python/make_functions.py [--check]

Values in examples are what this machine's hepframe gives for made-up events, so the extension must be built.
"""

from __future__ import annotations

import ast
import builtins
import re
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pyarrow
from hepframe import _native

from function_table import NUMBERS, OTHERS, PHYSICS

HERE = Path(__file__).resolve().parent
TARGET = HERE / "python/hepframe/functions.py"
PAGE = HERE.parent.parent / "docs/physics.md"
EVENTS, SEED, TWO = 1000, 1, "event IN (3, 4)"

HEAD = '''"""All functions for expressions, one for each word of `docs/physics.md`.

Arguments are expressions, numbers, or SQL text: `inv_mass("Muon[0]", "Muon[1]")` and
`inv_mass(col("Muon")[0], col("Muon")[1])` are the same, `lit("text")` is a text itself. Lists are taken
element by element; a null gives null. Momenta and masses are in the unit of the file (GeV in NanoAOD), angles
in radians.

Words that Python has already (`sum`, `any`, `len`, ...) are found as `hepframe.fn.sum`, all others, which
`__all__` lists, as `hepframe.pairs` too. Examples are about two made-up events of two muons each,
`two = hf.read("events.root:Events").filter("event IN (3, 4)")`.

This file is written by `make_functions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsFloat, TypeAlias

from hepframe._expr import Expr, argument
from hepframe._literal import text_literal

Argument: TypeAlias = Expr | str | SupportsFloat | Sequence[object] | None
"""An expression, a number, a list of numbers, None for null, or SQL text."""


def call(function: str, /, *arguments: Argument) -> Expr:
    """Any function of SQL by its name, for those that have no Python function here.

    Example:
        >>> hf.fn.call("arrow_typeof", "Jet_pt")
        arrow_typeof(Jet_pt)
    """
    return Expr(f"{function}({', '.join(argument(value) for value in arguments)})")


def _given(*arguments: Argument) -> tuple[Argument, ...]:
    """The arguments without those at the end that were left out."""
    kept = list(arguments)
    while kept and kept[-1] is None:
        kept.pop()
    return tuple(kept)
'''


@dataclass
class Word:
    """A function: name, parameters as `function_table` has them, usage in SQL, meaning, an example in SQL."""

    name: str
    parameters: str
    usage: str
    meaning: str
    example: str


def words() -> list[Word]:
    """All functions, in the order of the page.

    Raises:
        SystemExit: for a word of the page that the table lacks, or the other way round.
    """
    page = PAGE.read_text()
    rows = re.findall(r"^\| `(\w+)(\(.*)` \| (.*) \| `(.*)` \|$", page, re.MULTILINE)
    histograms = {"h1", "h2", "h3", "profile", "uhi"}
    found = {
        name: (name + usage, meaning, example)
        for name, usage, meaning, example in rows
        if name not in histograms
    }
    numbers = re.findall(r"`(\w+)`", page[page.rindex("element by element:") :])
    refuse("words of the page", set(found) ^ set(PHYSICS))
    refuse("functions of numbers", set(numbers) ^ set(NUMBERS))
    of_page = [Word(name, PHYSICS[name], *row) for name, row in found.items()]
    more = [
        Word(
            name,
            parameters,
            f"{name}({parameters.replace('=None', '').replace('*more', '...')})",
            meaning,
            example,
        )
        for name, (parameters, meaning, example) in {**NUMBERS, **OTHERS}.items()
    ]
    return of_page + more


def refuse(what: str, unknown: set[str]) -> None:
    """Stops for words that only one of page and table has."""
    if unknown:
        sys.exit(
            f"make_functions.py: {what} are not those of function_table.py: {', '.join(sorted(unknown))}"
        )


def python_example(sql: str) -> str:
    """An example in Python: `best_by(Jet, abs(Jet.eta)).pt` is `hf.best_by("Jet", "abs(Jet.eta)").pt`."""
    name, rest = sql.split("(", 1)
    inner, after = rest[: closing(rest)], rest[closing(rest) + 1 :]
    prefix = "hf.fn" if hasattr(builtins, name) else "hf"
    return f"{prefix}.{name}({', '.join(python_argument(text) for text in top_level(inner))}){after}"


def python_argument(sql: str) -> str:
    """Numbers, true and text are Python's, the rest is SQL text."""
    if re.fullmatch(r"-?[\d.]+", sql):
        return sql
    if sql in ("true", "false"):
        return sql.title()
    return f'"{sql[1:-1]}"' if re.fullmatch(r"'\w+'", sql) else f'"{sql}"'


def closing(text: str) -> int:
    """Where the parenthesis ends that is open before the text."""
    depth = 1
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place
    raise ValueError(f"no closing parenthesis in {text}")


def top_level(text: str) -> list[str]:
    """Arguments, at the commas that are in no parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def values_of(examples: list[str]) -> list[str]:
    """What examples in SQL give, floats in five digits: doctest compares as many as are shown."""
    session = _native.Session()
    with tempfile.TemporaryDirectory() as folder:
        _native.write_demo(f"{folder}/events.root", EVENTS, SEED)
        events, _ = session.read([f"{folder}/events.root:Events"])
        two = events.filter(TWO, "")
        answers, _ = session.run([two.take(example) for example in examples])
    return [repr(rounded(pyarrow.table(values)["values"].to_pylist())) for _, values in answers]


def rounded(value: object) -> object:
    """Floats in five digits."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    return [rounded(item) for item in value] if isinstance(value, list) else value


def function(word: Word, example: str, value: str) -> str:
    """The text of a Python function."""
    passed, signature = [], []
    for parameter in word.parameters.split(", "):
        name = parameter.split(":")[0].split("=")[0]
        if parameter.endswith(": text"):
            signature.append(f"{name}: str")
            passed.append(f"text_literal({name})")
        else:
            signature.append(f"{name}: Argument" + (" = None" if parameter.endswith("=None") else ""))
            passed.append(name)
    arguments = ", ".join(passed)
    meaning = textwrap.fill(word.meaning, 103, subsequent_indent="    ", break_long_words=False)
    if "=None" in word.parameters:
        arguments = f"*_given({arguments})"
    return f'''

def {word.name}({", ".join(signature)}) -> Expr:
    """{meaning}

    SQL: `{word.usage}`.

    Example:
        >>> two.take({example}).result().to_pylist()
        {value}
    """
    return call("{word.name}", {arguments})
'''


def generated() -> str:
    """The text of the file, formatted."""
    every = words()
    values = values_of([word.example for word in every])
    functions = [
        function(word, python_example(word.example), value) for word, value in zip(every, values, strict=True)
    ]
    own = sorted(word.name for word in every if not hasattr(builtins, word.name))
    head = HEAD.replace("\nArgument: TypeAlias", f"\n__all__ = {own!r}\n\nArgument: TypeAlias", 1)
    return formatted(head + "".join(functions))


def formatted(text: str) -> str:
    """As ruff formats it; text that is no Python stops here."""
    ast.parse(text)
    ruff = [sys.executable, "-m", "ruff", "--config", str(HERE / "pyproject.toml")]
    for step in (["check", "--select", "E501,I,RUF022", "--fix-only", "-"], ["format", "-"]):
        text = subprocess.run([*ruff, *step], input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> None:
    """Writes the file, or tells that it is not what it should be."""
    text = generated()
    if "--check" not in sys.argv:
        TARGET.write_text(text)
    elif TARGET.read_text() != text:
        sys.exit(f"{TARGET.name} is not up to date; run {Path(__file__).name}")


if __name__ == "__main__":
    main()
