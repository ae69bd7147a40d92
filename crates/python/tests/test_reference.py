"""Everything public is documented, with an example, and the page of it is up to date."""

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import hepframe
import pytest

HERE = Path(__file__).resolve().parent.parent


def make_reference():
    spec = importlib.util.spec_from_file_location("make_reference", HERE / "make_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date():
    command = [sys.executable, HERE / "make_reference.py", "--check"]
    checked = subprocess.run(command, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stderr


def public_things():
    """Name and object of all functions, classes, methods and properties; errors have a table instead."""
    members = make_reference().members
    for name in hepframe.__all__:
        thing = getattr(hepframe, name)
        is_error = inspect.isclass(thing) and issubclass(thing, Exception)
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and not is_error:
            yield name, thing
            yield from ((f"{name}.{member}", method) for member, method in members(thing))


@pytest.mark.parametrize(("name", "thing"), [pytest.param(*both, id=both[0]) for both in public_things()])
def test_what_is_public_says_what_it_does_and_shows_it(name, thing):
    text = inspect.getdoc(thing) or ""

    assert text, f"{name} has no docstring"
    assert ">>> " in text, f"{name} has no example"


def test_examples_run_as_tests():
    options = ["-q", "-p", "no:cacheprovider", "--doctest-modules", HERE / "python"]
    ran = subprocess.run([sys.executable, "-m", "pytest", *options], capture_output=True, text=True, cwd=HERE)

    assert ran.returncode == 0, ran.stdout
