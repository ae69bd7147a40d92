"""Writes `docs/python.md`, the reference of the Python package, from its docstrings.

python crates/python/make_reference.py [--check]
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hepframe
from hepframe import errors, functions
from hepframe._magic_line import help_text

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/python.md"

THINGS = {
    "Reading": ["read", "sql", "from_arrow", "write_demo"],
    "Frames": ["DataFrame", "GroupBy"],
    "Answers": ["run", "Booked", "BookedHistogram", "Report", "Cut"],
    "Expressions": ["col", "lit", "expr", "Expr"],
    "Functions in Python": ["udf"],
    "Sessions and clusters": ["connect", "Session", "default_session"],
    "Progress": ["set_progress"],
}
"""What the page is about, in its order; functions, magics and errors have sections of their own."""

INTRODUCTION = """\
# Python

```python
import hepframe as hf

events = hf.read("events.root:Events")
dimuons = events.filter("nMuon = 2").define("mass", hf.inv_mass("Muon[0]", "Muon[1]"))
dimuons.h1("mass", bins=100, range=(60, 120), label="m [GeV]").plot()
```

Everything is lazy until an answer is asked for; `hf.run(...)` fills many histograms in one pass. Where a
column is asked for, text is SQL ([all words](physics.md)), and `hf.col("Muon").pt * 2` is the same as an
object.

This page is made from the docstrings of the package (`python crates/python/make_reference.py`). Every example
runs as a test, on made-up events in `events.root` (`hf.write_demo("events.root", 1000)`).
"""

FUNCTIONS = """\
## Functions

Arguments are expressions, numbers, or SQL text; `lit("text")` is a text itself. All of these are in
`hepframe.fn`; those that Python has no word for are words of `hepframe` too. Lists are taken element by
element; a null gives null. Momenta and masses are in the unit of the file (GeV in NanoAOD), angles in
radians.

The examples are about two events, `two = hf.read("events.root:Events").filter("event IN (3, 4)")`, and show
what `two.take(...)` gives for them. `hf.fn.call("name", ...)` calls any other function of SQL.

| written | gives | for example | in two events |
|---|---|---|---|
"""

SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises", "Example")


def reference() -> str:
    """The page, in Markdown.

    Raises:
        SystemExit: for something public that the page would leave out.
    """
    placed = {name for names in THINGS.values() for name in names}
    public = {
        name for name in hepframe.__all__ if inspect.isclass(getattr(hepframe, name)) or is_function(name)
    }
    missing = public - placed - set(functions.__all__) - set(vars(errors))
    if missing:
        sys.exit(f"make_reference.py: give these a place in THINGS: {', '.join(sorted(missing))}")
    page = [INTRODUCTION]
    for title, names in THINGS.items():
        page.append(f"## {title}\n")
        for name in names:
            thing = getattr(hepframe, name)
            page += entry("###", f"hf.{name}", thing)
            for member_name, member in members(thing):
                page += entry("####", f"{name}.{member_name}", member)
        if title == "Expressions":
            page.append(FUNCTIONS + "".join(map(function_row, engine_functions())))
    page += ["## Notebooks\n", f"```text\n%load_ext hepframe\n\n{help_text().strip()}\n```\n"]
    page += ["## Errors\n", "All are in `hepframe.errors`.\n", "| error | is a | when |\n|---|---|---|"]
    page += [error_row(thing) for thing in vars(errors).values() if inspect.isclass(thing)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(page)).rstrip() + "\n"


def is_function(name: str) -> bool:
    """Whether the package has a function of this name."""
    return inspect.isfunction(getattr(hepframe, name))


def members(thing: Any) -> Iterator[tuple[str, Any]]:
    """Public methods and properties of a class, its own and those of bases that are not public themselves."""
    if not inspect.isclass(thing) or thing.__module__.split(".")[0] != "hepframe":
        return
    for base in thing.__mro__:
        if base is not thing and (
            base.__name__ in hepframe.__all__ or not base.__module__.startswith("hepframe")
        ):
            continue
        for name, member in vars(base).items():
            plain = member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
            if not name.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, property)):
                yield name, plain


def engine_functions() -> Iterator[Callable[..., Any]]:
    """The generated functions, in the order of their file."""
    for thing in vars(functions).values():
        if (
            inspect.isfunction(thing)
            and thing.__module__ == functions.__name__
            and "SQL: `" in (thing.__doc__ or "")
        ):
            yield thing


def entry(level: str, name: str, thing: Any) -> list[str]:
    """One thing: its heading, how it is called, what its docstring says."""
    text = inspect.getdoc(thing) or ""
    # Classes that tell no arguments are not made by users.
    is_called = "\nArgs:" in text if inspect.isclass(thing) else not isinstance(thing, property)
    called = ["```python", name + signature(thing), "```", ""] if is_called else []
    return [f"{level} {name}", "", *called, *docstring(text), ""]


def signature(thing: Callable[..., Any]) -> str:
    """Parameters and result as they are written, without `self`; one to a line if they are many."""
    written = inspect.signature(thing)
    parameters = [parameter for name, parameter in written.parameters.items() if name not in ("self", "cls")]
    shown: list[str] = []
    for before, parameter in zip([None, *parameters], parameters, strict=False):
        if before and before.kind is before.POSITIONAL_ONLY and parameter.kind is not before.kind:
            shown.append("/")
        is_first_keyword = parameter.kind is parameter.KEYWORD_ONLY and "*" not in shown
        if is_first_keyword and not any(one.kind is one.VAR_POSITIONAL for one in parameters):
            shown.append("*")
        shown.append(parameter_text(parameter))
    result = "" if inspect.isclass(thing) else f" -> {written.return_annotation}"
    line = f"({', '.join(shown)}){result}"
    return line if len(line) <= 100 else "(\n" + "".join(f"    {one},\n" for one in shown) + f"){result}"


def parameter_text(parameter: inspect.Parameter) -> str:
    """A parameter as it is written: annotations are text in the package."""
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    return f"{stars}{parameter.name}: {parameter.annotation}{default}"


def docstring(text: str) -> list[str]:
    """Markdown of a docstring: its sections become lists, examples code."""
    parts = re.split(rf"^({'|'.join(SECTIONS)}):\n", text, flags=re.MULTILINE)
    lines = [parts[0].rstrip(), ""]
    for section, body in zip(parts[1::2], parts[2::2], strict=True):
        body = inspect.cleandoc("\n" + body)
        if section == "Example":
            lines += ["```python", body, "```", ""]
        elif section in ("Returns", "Yields"):
            lines += [f"{section}: {body}", ""]
        else:
            items = re.split(r"\n(?=\S)", body)
            lines += [f"{section}:", "", *(item_of(item) for item in items), ""]
    return lines


def item_of(item: str) -> str:
    """`name: text` as an item of a list."""
    name, _, text = re.sub(r"\s*\n\s*", " ", item).partition(": ")
    return f"- `{name}`: {text}"


def function_row(function: Callable[..., Any]) -> str:
    """A function as a row of the table."""
    text = inspect.getdoc(function) or ""
    meaning = " ".join(text.split("\n\nSQL:")[0].split())
    example, value = re.findall(r">>> two\.take\((.*)\)\.result\(\)\.to_pylist\(\)\n\s*(.*)", text)[0]
    parameters = ", ".join(
        re.sub(r": Argument|: str| (?==)|(?<==) ", "", parameter_text(one))
        for one in inspect.signature(function).parameters.values()
    )
    return f"| `{function.__name__}({parameters})` | {meaning} | `{example}` | `{value}` |\n"


def error_row(error: type) -> str:
    """An exception as a row of the table."""
    bases = ", ".join(f"`{base.__name__}`" for base in error.__bases__)
    return f"| `{error.__name__}` | {bases} | {(inspect.getdoc(error) or '').splitlines()[0]} |"


def main() -> None:
    """Writes the page, or tells that it is not what it should be."""
    if "--check" not in sys.argv:
        PAGE.write_text(reference())
    elif PAGE.read_text() != reference():
        sys.exit(f"{PAGE.name} is not up to date; run {Path(__file__).name}")


if __name__ == "__main__":
    main()
