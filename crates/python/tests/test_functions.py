"""The generated functions are those that the engine has, and write the SQL that they should."""

import builtins
import re
import subprocess
import sys
from pathlib import Path

import hepframe
import pytest
from hepframe import _native, functions
from hepframe import functions as fn
from hepframe._expr import col, lit

HERE = Path(__file__).parent.parent


def test_the_generated_files_are_up_to_date():
    checked = subprocess.run(
        [sys.executable, HERE / "make_functions.py", "--check"], capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stderr


def test_every_word_of_the_engine_has_a_function():
    page = _native.physics_reference()
    words = set(re.findall(r"^\| `(\w+)\(", page, re.MULTILINE))
    words |= set(re.findall(r"`(\w+)`", page[page.rindex("element by element:") :]))

    # Histograms are methods of frames.
    assert words - {"h1", "h2", "h3", "profile", "uhi"} <= set(vars(functions))


def test_words_that_python_lacks_are_words_of_the_package():
    made = {
        name
        for name, thing in vars(functions).items()
        if getattr(thing, "__doc__", None) and "SQL: `" in thing.__doc__
    }

    assert set(functions.__all__) == {name for name in made if not hasattr(builtins, name)}
    assert all(getattr(hepframe, name) is getattr(functions, name) for name in functions.__all__)
    assert hepframe.fn is functions
    assert not any(hasattr(builtins, name) for name in hepframe.__all__)


@pytest.mark.parametrize(
    ("written", "sql"),
    [
        (fn.pairs("Muon"), "pairs(Muon)"),
        (fn.pairs(col("Muon")).a.pt, 'pairs("Muon")."a"."pt"'),
        (fn.inv_mass(col("Muon")[0], col("Muon")[1]), 'inv_mass("Muon"[0], "Muon"[1])'),
        (fn.delta_r(1, 2.5, "Jet_eta", col("Jet_phi")), 'delta_r(1, 2.5, Jet_eta, "Jet_phi")'),
        (fn.with_field("Muon", "it's", 13), "with_field(Muon, 'it''s', 13)"),
        (fn.if_else(col("x") > 1, lit("a"), None), "if_else((\"x\" > 1), 'a', NULL)"),
        (fn.sort("Jet"), "sort(Jet)"),
        (fn.sort("Jet", "Jet.pt"), "sort(Jet, Jet.pt)"),
        (fn.argsort("Jet_pt", True), "argsort(Jet_pt, TRUE)"),
        (fn.top_k("Jet", 2, col("Jet").pt), 'top_k(Jet, 2, "Jet"."pt")'),
        (fn.take("Jet_pt", [0, 1]), "take(Jet_pt, [0, 1])"),
        (fn.coalesce(col("x"), None), 'coalesce("x", NULL)'),
        (fn.sum("x -- why"), "sum(x -- why\n)"),
        (fn.call("regexp_like", col("name"), lit("a.*")), "regexp_like(\"name\", 'a.*')"),
        (fn.sum(fn.sqrt(abs(col("x")))), 'sum(sqrt(abs("x")))'),
    ],
    ids=str,
)
def test_functions_write_sql(written, sql):
    assert written.sql == sql


def test_log_needs_its_base():
    with pytest.raises(TypeError, match="missing"):
        fn.log("MET_pt")
