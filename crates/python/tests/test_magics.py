"""The magics in a real IPython, without a kernel: what cells give, show and refuse."""

import hepframe as hf
import pytest
from hepframe import _display
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    shell = InteractiveShell.instance()
    path = tmp_path_factory.mktemp("magics") / "events.root"
    hf.write_demo(str(path), 1000)
    shell.user_ns["path"] = f"{path}:Events"
    shell.user_ns["events"] = hf.read(f"{path}:Events")
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture(autouse=True)
def _loaded(shell):
    shell.extension_manager.loaded.discard("hepframe")
    shell.run_line_magic("load_ext", "hepframe")


def run(shell, code):
    """The result of a cell that must not fail."""
    ran = shell.run_cell(code)
    assert ran.success, ran.error_in_exec
    return ran.result


def rows(frame):
    return frame.to_arrow().to_pylist()


@pytest.mark.parametrize("magic", ["%hep ", "%%hep\n", "%sql ", "%%sql\n"])
def test_a_cell_gives_a_frame_of_its_last_select(shell, magic):
    assert rows(run(shell, f"{magic}SELECT 1 AS one")) == [{"one": 1}]


def test_sql_is_left_to_the_extension_that_has_it(shell):
    theirs = lambda line, cell=None: "theirs"  # noqa: E731
    shell.register_magic_function(theirs, "line_cell", "sql")
    shell.extension_manager.loaded.discard("hepframe")
    shell.run_line_magic("load_ext", "hepframe")

    assert run(shell, "%sql SELECT 1") == "theirs"

    for kind in ("line", "cell"):
        del shell.magics_manager.magics[kind]["sql"]


def test_braces_and_dollars_reach_the_engine_as_they_are(shell):
    shell.user_ns["x"] = 5
    assert rows(run(shell, "%hep SELECT '{x} $x' AS text, {{x}} AS value")) == [
        {"text": "{x} $x", "value": 5}
    ]


def test_values_are_bound(shell):
    shell.user_ns |= {"cut": 30.5, "text": "it's", "many": [1, 2]}
    assert rows(run(shell, "%hep SELECT :cut AS a, :text AS b, {{many}} AS c")) == [
        {"a": 30.5, "b": "it's", "c": [1, 2]}
    ]


def test_a_frame_a_location_and_a_list_of_files_are_tables(shell):
    shell.user_ns["files"] = [shell.user_ns["path"]]
    for table in ("events", "{{events}}", "{{path}}", "{{files}}"):
        assert rows(run(shell, f"%hep SELECT count(*) AS n FROM {table}")) == [{"n": 1000}]


@pytest.mark.parametrize("kind", ["pyarrow", "pandas", "polars"])
def test_tables_of_other_libraries_are_read_by_the_name_of_their_variable(shell, kind):
    library = pytest.importorskip(kind)
    make = library.table if kind == "pyarrow" else library.DataFrame
    shell.user_ns["other"] = make({"k": [1, 2, 3]})
    assert rows(run(shell, "%hep SELECT sum(k) AS total FROM other WHERE k > 1")) == [{"total": 5}]


def test_a_name_gets_the_answer_and_shows_nothing(shell):
    assert run(shell, "%%hep best <<\nSELECT 7 AS seven") is None
    assert rows(shell.user_ns["best"]) == [{"seven": 7}]


def test_a_name_with_an_equals_sign_gets_the_answer_and_shows_it(shell):
    shown = run(shell, "%hep both = << SELECT 8 AS eight")
    assert shown is shell.user_ns["both"]


def test_a_kept_query_is_a_table_of_later_cells(shell):
    assert run(shell, "%hep --save muons --no-execute SELECT nMuon FROM events WHERE nMuon = 2") is None
    by_with = rows(run(shell, "%hep --with muons SELECT count(*) AS n FROM muons"))
    by_name = rows(run(shell, "%hep SELECT count(*) AS n FROM muons"))
    assert by_with == by_name
    assert by_with[0]["n"] > 0


def test_no_execute_refuses_what_acts_when_it_is_planned(shell):
    ran = shell.run_cell("%hep --save v --no-execute CREATE VIEW v AS SELECT 1")
    assert isinstance(ran.error_in_exec, hf.errors.InvalidQuery)


def test_a_limit_bounds_the_rows(shell):
    assert run(shell, "%hep --limit 3 SELECT event FROM events").to_arrow().num_rows == 3


def test_histograms_of_the_rows_are_filled_together(shell):
    h, jets = run(shell, '%hep --hist "MET_pt: 10, 0, 100" --hist "Jet_pt: 5, 0, 100" SELECT * FROM events')
    assert h.axes[0].label == "MET_pt"
    assert h.sum(flow=True) == 1000
    assert len(jets.axes[0]) == 5


def test_a_row_of_histograms_is_shown_as_a_plot(shell):
    frame = run(shell, "%hep SELECT h1(MET_pt, 10, 0, 100) AS a, h1(MET_phi, 5, -4, 4) AS b FROM events")
    assert frame._repr_html_().startswith("<img")


def test_plot_draws_rows(shell):
    frame = run(shell, "%hep --plot SELECT nMuon, count(*) AS n FROM events GROUP BY nMuon ORDER BY nMuon")
    assert frame._repr_html_().startswith("<img")


def test_plot_draws_a_histogram_of_each_row_and_labels_it(shell):
    frame = run(
        shell,
        "%hep --plot SELECT nMuon, h1(MET_pt, 10, 0, 100) AS met FROM events WHERE nMuon < 2 "
        "GROUP BY nMuon ORDER BY nMuon",
    )
    figure = _display._looks[frame]
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["nMuon = 0", "nMuon = 1"]


def test_rows_are_shown_as_a_table_without_running_again(shell, monkeypatch):
    frame = run(shell, "%hep SELECT event, Jet_pt FROM events")
    monkeypatch.setattr("hepframe._display.fetch", None)
    html = frame._repr_html_()
    assert "var * float32" in html
    assert "first 20 rows" in html


def test_a_console_shows_the_rows_as_text(shell):
    frame = run(
        shell, "%hep SELECT event, nMuon * 1.5 AS x FROM events WHERE event <= 2 ORDER BY event LIMIT 1"
    )
    text = shell.display_formatter.format(frame)[0]["text/plain"]
    assert text.splitlines()[:2] == [" event        x", "uint64  float64"]
    assert text.endswith("(1 row)")


def test_a_frame_that_no_magic_has_run_is_not_run_by_a_console(shell):
    text = shell.display_formatter.format(shell.user_ns["events"], include="text/plain")[0]["text/plain"]
    assert "nothing has run" in text


def test_explain_shows_the_plan(shell, capsys):
    assert run(shell, "%hep --explain SELECT MET_pt FROM events") is None
    assert "MET_pt" in capsys.readouterr().out


def test_statements_without_rows_show_nothing(shell):
    assert run(shell, "%hep CREATE OR REPLACE VIEW three AS SELECT 3 AS x") is None
    assert rows(run(shell, "%hep SELECT * FROM three")) == [{"x": 3}]


def test_help_and_connections_are_told(shell, capsys):
    run(shell, "%hep --help")
    assert "--no-execute" in capsys.readouterr().out
    run(shell, "%hep --connections")
    assert capsys.readouterr().out == "* local: in this process\n"


def test_cells_run_where_cluster_says_until_it_says_otherwise(shell, capsys):
    other = hf.Session()
    other.sql("CREATE VIEW only_there AS SELECT 9 AS nine")
    shell.user_ns["lab"] = other
    run(shell, "%hep --cluster lab --alias blades")
    assert rows(run(shell, "%hep SELECT nine FROM only_there")) == [{"nine": 9}]
    run(shell, "%hep --cluster local")
    run(shell, "%hep --cluster blades SELECT nine FROM only_there")
    run(shell, "%hep --connections")
    assert "* lab, blades: in this process" in capsys.readouterr().out


def test_cells_run_on_a_real_cluster(shell, cluster_url):
    counted = run(shell, f"%hep --cluster {cluster_url} --alias two SELECT count(*) AS n FROM {{{{path}}}}")
    assert rows(counted) == [{"n": 1000}]


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("%hep SELECT MET_pd FROM events", "UnknownColumn", "MET_pt"),
        ("%hep SELEC 1", "InvalidQuery", "SELEC"),
        ("%hep SELECT :nothing_like_it", "UnknownName", "nothing_like_it"),
        ("%hep --limt 3 SELECT 1", "UnknownOption", "did you mean --limit?"),
        ("%hep --with gone SELECT 1", "UnknownTable", "--save kept"),
        ("%hep --cluster nowhere SELECT 1", "Unreachable", "hepframe://host:21050"),
        ("%hep", "UnknownOption", "no SQL"),
        ("%hep --plot SELECT 1 AS x", "InvalidQuery", "--plot draws"),
        ("%hep SELECT {{events.x}}", "InvalidQuery", "no name of a Python variable"),
    ],
)
def test_an_error_is_one_sentence_and_the_cell_fails(shell, capsys, code, error, message):
    ran = shell.run_cell(code)
    shown = capsys.readouterr()
    assert type(ran.error_in_exec).__name__ == error
    text = shown.out + shown.err
    assert text.startswith(f"{error}: ")
    assert message in text
    assert "Traceback" not in text


def test_an_error_while_rows_come_is_this_cells(shell):
    assert not shell.run_cell("%hep SELECT CAST('a' || event AS INT) AS x FROM events").success


def test_ctrl_c_is_told_in_one_sentence_and_the_session_goes_on(shell, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("hepframe.magics.fetch", interrupted)
    assert not shell.run_cell("%hep SELECT 1 AS x").success
    monkeypatch.undo()
    shown = capsys.readouterr()
    assert "KeyboardInterrupt: the query was stopped" in shown.out + shown.err
    assert rows(run(shell, "%hep SELECT 1 AS x")) == [{"x": 1}]


def test_errors_of_other_kinds_keep_their_traceback(shell, monkeypatch):
    def broken(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr("hepframe.magics.fetch", broken)
    error = shell.run_cell("%hep SELECT 1 AS x").error_in_exec
    assert not hasattr(error, "_render_traceback_")


def offered(shell, code):
    """What Tab offers at the bar, asked as kernels ask."""
    cursor = code.index("|")
    with provisionalcompleter():
        return [found.text for found in shell.Completer.completions(code.replace("|", ""), cursor)]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("%%hep\nSELECT MET_p| FROM events", {"MET_pt", "MET_phi"}),
        ("%%hep\nSELECT MET_p| FROM {{path}}", {"MET_pt", "MET_phi"}),
        ("%hep SELECT MET_p|", {"MET_pt", "MET_phi"}),
        ("%hep SELECT 1 FROM even|", {"events"}),
        ("%sql SELECT Muon.charg| FROM events", {"charge"}),
        ("%hep SELECT delta_p| FROM events", {"delta_phi"}),
        ("x = %hep SELEC|", {"SELECT"}),
        ("%hep --no-e|", {"--no-execute"}),
        ("%hep SELECT 1 FROM {{pat|", {"path"}),
    ],
)
def test_tab_offers_what_the_session_and_the_notebook_have(shell, code, words):
    assert set(offered(shell, code)) == words


def test_tab_in_python_is_pythons(shell):
    assert "events" in offered(shell, "even|")
    assert "SELECT" not in offered(shell, "SELEC|")
