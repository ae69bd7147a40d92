"""What the magics find in a line and in SQL, and what Tab offers: text in, text out."""

import pytest
from hepframe._complete import Words, offer, sql_at
from hepframe._magic_line import HistSpec, UnknownOption, help_text, read_request
from hepframe._magic_values import bind
from hepframe._sql_text import Table, quoted_names, statements, tables, tokens, variables
from hepframe.errors import InvalidQuery, UnknownName


class FakeSession:
    def tables(self):
        return ["events"]

    def read(self, locations):
        return ("read", locations)


def test_tokens_put_together_are_the_text():
    text = """SELECT 'it''s', "a b"[1:n] -- :no\n/* {{x}} */ FROM t::x {{y}} :z; 'open"""
    assert "".join(token.text for token in tokens(text)) == text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT a WHERE x > :cut AND y < {{ other }}", ["cut", "other"]),
        ("SELECT x[a:b], x[:n], x[1:], pairs(x[a:b]).a", []),
        ("SELECT x[{{n}}] FROM t WHERE y > :z", ["n", "z"]),
        ("SELECT x::int, x :: int", []),
        ("SELECT ':a', \":b\" -- :c\n /* :d {{e}} */ FROM 'f.root:Events'", []),
        ("SELECT * FROM t WHERE x=:a", ["a"]),
        ("SELECT {{}}", [""]),
    ],
)
def test_variables_are_found_outside_of_slices_casts_strings_and_comments(text, names):
    assert [variable.name for variable in variables(text)] == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT 1 FROM muons", [("muons", None)]),
        ("SELECT 1 FROM muons AS m JOIN jets j ON m.x = j.x", [("muons", "m"), ("jets", "j")]),
        ("SELECT a, b FROM x, y WHERE c, d", [("x", None), ("y", None)]),
        ("SELECT (SELECT a, b FROM x), c FROM 'f.root:t' e", [("x", None), ("f.root:t", "e")]),
        ("SELECT 1 FROM read_root('a', 'b')", []),
        ("SELECT 1 FROM (SELECT 2 FROM z) ORDER BY a, b", [("z", None)]),
        ('SELECT 1 FROM "my table"', [("my table", None)]),
        ("SELECT 'FROM x' -- FROM y", []),
    ],
)
def test_tables_are_what_stands_behind_from_and_join(text, found):
    assert [(table.name, table.alias) for table in tables(text)] == found


def test_statements_are_cut_at_semicolons_outside_of_strings():
    assert statements("SET a = ';'; -- ;\n SELECT 1;;\n") == ["SET a = ';'", "-- ;\n SELECT 1"]


def test_a_variable_in_quotes_is_found_to_be_refused():
    assert quoted_names("FROM '{{path}}' -- '{{no}}'") == ["path"]


def test_values_are_bound_and_never_pasted():
    bound = bind("SELECT :x, {{x}} FROM t", {"x": "'; DROP TABLE t"}, FakeSession(), {})
    assert bound.text == "SELECT $x, $x FROM t"
    assert bound.parameters == {"x": "'; DROP TABLE t"}


def test_a_text_behind_from_is_a_location():
    bound = bind("SELECT 1 FROM {{path}}", {"path": "it's.root:Events"}, FakeSession(), {})
    assert bound.text == "SELECT 1 FROM 'it''s.root:Events'"
    assert not bound.parameters


def test_a_list_behind_from_is_read_as_files():
    bound = bind("SELECT 1 FROM {{files}}", {"files": ["a.root", "b.root"]}, FakeSession(), {})
    assert bound.text == 'SELECT 1 FROM "files"'
    assert bound.tables == {"files": ("read", ["a.root", "b.root"])}


def test_tables_of_the_session_go_before_variables_and_these_before_kept_queries():
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"x": [1]})
    names = {"events": table, "muons": table, "number": 3}
    kept = {"muons": "kept", "jets": "kept"}
    bound = bind("SELECT 1 FROM events, muons, jets, number", names, FakeSession(), kept)
    assert bound.tables == {"muons": table, "jets": "kept"}


def test_an_expression_is_put_in_as_its_text():
    from hepframe._expr import col

    bound = bind("SELECT 1 WHERE {{cut}}", {"cut": col("x") > 3}, FakeSession(), {})
    assert bound.text == f"SELECT 1 WHERE ({(col('x') > 3).sql})"


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("SELECT :ptcut", UnknownName, "did you mean pt_cut"),
        ("SELECT {{pt_cut + 1}}", InvalidQuery, "compute it before"),
        ("SELECT 1 FROM {{pt_cut}}", InvalidQuery, "type int"),
        ("SELECT 1 FROM '{{pt_cut}}'", InvalidQuery, "without them"),
    ],
)
def test_variables_that_cannot_be_are_refused_with_what_to_do(text, kind, message):
    with pytest.raises(kind, match=message):
        bind(text, {"pt_cut": 20}, FakeSession(), {})


def test_a_line_is_options_a_name_and_sql_in_any_order():
    request = read_request('--limit 3 best << --hist "x[0]: 10, -1, 1" --hist=y:5,0,2 SELECT 1', None)
    assert (request.limit, request.name, request.sql) == (3, "best", "SELECT 1")
    assert request.hists == [HistSpec("x[0]", 10, -1.0, 1.0), HistSpec("y", 5, 0.0, 2.0)]


def test_the_cell_is_behind_the_line_and_its_comments_are_no_options():
    request = read_request("--plot name = <<", "--limit 3 is a comment\nSELECT 1")
    assert request.flags == {"plot"}
    assert (request.name, request.also_show, request.limit) == ("name", True, None)
    assert request.sql == "--limit 3 is a comment\nSELECT 1"


def test_with_takes_several_names():
    assert read_request("--with a --with b,c SELECT 1").with_ == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--limt 3 SELECT 1", "did you mean --limit"),
        ("--xyzzy", "%hep --help"),
        ("--limit many SELECT 1", "number of rows, not `many`"),
        ("--limit", "takes a value: --limit N"),
        ("--save 1a SELECT 1", "takes a name"),
        ("--no-execute SELECT 1", "goes with --save"),
        ("--alias lab", "goes with --cluster"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_what_can(line, message):
    with pytest.raises(UnknownOption, match=message):
        read_request(line)


@pytest.mark.parametrize("spec", ["x", "x: 1, 2", "x: a, 0, 1", "100, 0, 200", ": 1, 2, 3, 4"])
def test_a_histogram_that_cannot_be_read_is_refused_with_an_example(spec):
    with pytest.raises(InvalidQuery, match="MET_pt: 100, 0, 200"):
        read_request(f'--hist "{spec}" SELECT 1')


def test_the_help_lists_all_options():
    assert all(f"--{name}" in help_text() for name in ["limit", "hist", "no-execute", "connections"])


@pytest.mark.parametrize(
    ("code", "inside"),
    [
        ("%%hep\nSEL|", "SEL"),
        ("%%hep --limit 3\nSEL|ECT", "--limit 3\nSELECT"),
        ("a = 1\nx = %hep SEL|ECT\nb = 2", "SELECT"),
        ("%%other\nSEL|", None),
        ("x = 1|\n%hep SELECT", None),
        ("%he|p SELECT", None),
    ],
)
def test_the_text_of_a_magic_is_told_from_python(code, inside):
    cursor = code.index("|")
    found = sql_at(code.replace("|", ""), cursor, ["hep", "sql"])
    assert (found and found[0]) == inside


WHOLE = ["hits", "hits.x", "evt", "evt.id", "evt.sub", "evt.sub.x"]
COLUMNS = {"events": ["MET_pt", "Muon_pt", "Muon_eta", "Muon_phi", "nMuon"], "runs": ["run"], "whole": WHOLE}
WORDS = Words(
    tables=["events", "runs"],
    functions=["max", "mean", "delta_r"],
    keywords=["SELECT", "FROM", "MATERIALIZED"],
    variables=["cut"],
    columns=lambda table: COLUMNS.get(table.name, []),
    all_columns=lambda: ["MET_pt", "MET_phi"],
)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (
            "SELECT M| FROM events",
            ["MET_pt", "Muon_pt", "Muon_eta", "Muon_phi", "Muon", "max", "mean", "MATERIALIZED"],
        ),
        ("SELECT me| FROM events", ["MET_pt", "mean"]),
        ("sel|", ["select"]),
        ("SELECT MET_p|", ["MET_pt", "MET_phi"]),
        ("SELECT 1 FROM |", ["events", "runs"]),
        ("SELECT 1 FROM events, r|", ["runs"]),
        ("SELECT e.M| FROM events e", ["MET_pt", "Muon_pt", "Muon_eta", "Muon_phi"]),
        ("SELECT Muon.e| FROM events", ["eta", "energy"]),
        ("SELECT Muon[0].e| FROM events", ["eta", "energy"]),
        ("SELECT hits.| FROM whole", ["x"]),
        ("SELECT evt.s| FROM whole", ["sub", "sub.x"]),
        ("SELECT w.evt.sub.| FROM whole w", ["x"]),
        ('SELECT "evt"."sub".| FROM whole', ["x"]),
        ("SELECT hits[hits.x > 1].| FROM whole", ["x"]),
        ("SELECT hi| FROM whole", ["hits", "hits.x"]),
        ("SELECT ru| FROM events JOIN runs", ["run", "runs"]),
        ("SELECT 1 WHERE x > :c|", ["cut"]),
        ("SELECT 1 WHERE x > {{ c|", ["cut"]),
        ("SELECT 'M| FROM events", []),
        ("SELECT 1 -- M|", []),
        ("--no-d|", ["--no-display"]),
        ("--limit 3 --pl|", ["--plot"]),
    ],
)
def test_tab_offers_what_fits_the_place(text, offered):
    found = offer(text.replace("|", ""), text.index("|"), WORDS)
    assert [word for word, _ in found.words] == offered


def test_a_location_is_known_as_one():
    assert tables("SELECT 1 FROM 'f.root:t'") == [Table("f.root:t", None, True)]
