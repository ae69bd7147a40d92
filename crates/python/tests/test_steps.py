"""Steps and bookings of frames, against NumPy."""

import hepframe as hf
import numpy as np
import pytest


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    return hf.read(hf.write_demo(tmp_path_factory.mktemp("steps") / "events.root", 5000))


@pytest.fixture(scope="module")
def columns(events):
    return events.select("event", "nMuon", "MET_pt", "MET_phi", "Jet_pt", "Jet_eta").to_numpy()


def test_a_step_leaves_the_frame_before_it_as_it_is(events):
    before = events.columns

    events.define("x", "1").filter("nMuon = 2").select("run")

    assert events.columns == before
    assert events.count().result() == 5000


def test_defines_may_use_those_before_them(events, columns):
    x = events.define(half="MET_pt / 2", quarter="half / 2").to_numpy()["quarter"]

    assert np.array_equal(x, columns["MET_pt"] / 4)


def test_a_column_is_not_defined_twice_by_mistake(events):
    with pytest.raises(hf.errors.InvalidQuery, match=r"redefine\(\) replaces it"):
        events.define("MET_pt", "1")


def test_redefining_changes_what_comes_after_and_nothing_else(events, columns):
    shifted = events.redefine("MET_pt", "MET_pt + 10")

    assert shifted.min("MET_pt").result() == pytest.approx(columns["MET_pt"].min() + 10)
    assert events.min("MET_pt").result() == columns["MET_pt"].min()


def test_extremes_of_whole_numbers_are_whole():
    large = 2**53 + 1
    frame = hf.from_arrow({"x": [3, large]})

    assert [frame.max("x").result(), frame.min("x").result()] == [large, 3]
    assert isinstance(frame.max("x").result(), int)


def test_a_selection_takes_names_text_and_expressions(events):
    frame = events.select("run", "MET_pt / 1000", hf.col("nMuon").alias("muons"), ht="sum(Jet_pt)")

    assert frame.columns == ["run", "MET_pt / 1000", "muons", "ht"]


def test_filters_in_a_row_are_a_cutflow(events, columns):
    frame = events.filter("nMuon = 2", "two muons").filter("MET_pt < 30").filter("nMuon > 1", "again")

    two = (columns["nMuon"] == 2).sum()
    low = ((columns["nMuon"] == 2) & (columns["MET_pt"] < 30)).sum()
    cuts = [(cut.name, cut.seen, cut.passed) for cut in frame.report().result()]
    assert cuts == [("two muons", 5000, two), ("again", low, low)]


def test_a_cutflow_of_no_events_has_no_efficiency_of_its_own(events):
    [first, second] = events.filter("nMuon > 99", "none").filter("MET_pt > 0", "some").report().result()

    assert (first.efficiency, second.efficiency, second.seen) == (0.0, 0.0, 0)


@pytest.mark.parametrize("weight", [None, "MET_phi", 0.5])
def test_a_histogram_is_that_of_numpy(events, columns, weight):
    booked = events.h1(
        "MET_pt",
        bins=50,
        range=(0, 100),
        weight=None if weight is None else hf.lit(weight) if weight == 0.5 else weight,
    )

    weights = {None: None, "MET_phi": columns["MET_phi"].astype(float), 0.5: np.full(5000, 0.5)}[weight]
    wanted, _ = np.histogram(columns["MET_pt"], 50, (0, 100), weights=weights)
    assert np.allclose(booked.result().values(), wanted, rtol=1e-12)
    if weights is not None:
        squares, _ = np.histogram(columns["MET_pt"], 50, (0, 100), weights=weights**2)
        assert np.allclose(booked.result().variances(), squares, rtol=1e-12)


def test_every_element_of_a_list_fills(events, columns):
    pt = np.concatenate(columns["Jet_pt"])
    edges = [20, 30, 50, 100.5]

    histogram = events.h1(hf.col("Jet").pt, edges=edges).result()

    assert histogram.values().tolist() == np.histogram(pt, edges)[0].tolist()
    assert histogram.sum(flow=True) == len(pt)


def test_integers_are_categories(events, columns):
    histogram = events.h1("nMuon", categories=[0, 2]).result()

    assert histogram.values().tolist() == [(columns["nMuon"] == n).sum() for n in (0, 2)]


def test_two_axes_are_those_of_numpy(events, columns):
    x, y = columns["MET_pt"], columns["MET_phi"]

    booked = events.h2(
        ("MET_pt", "MET_phi"), bins=(10, None), range=((0, 50), None), edges=(None, [-4, 0, 4])
    )

    assert np.array_equal(
        booked.result().values(), np.histogram2d(x, y, [np.linspace(0, 50, 11), [-4, 0, 4]])[0]
    )


def test_a_profile_is_the_mean_in_each_bin(events, columns):
    profile = events.profile("nMuon", "MET_pt", bins=3, range=(0, 3)).result()

    means = [columns["MET_pt"][columns["nMuon"] == n].astype(float).mean() for n in range(3)]
    assert np.allclose(profile.values(), means)


@pytest.mark.parametrize("how", ["sum", "mean", "min", "max"])
def test_a_reduction_is_that_of_numpy(events, columns, how):
    found = getattr(events, how)("MET_pt").result()

    assert found == pytest.approx(getattr(np, how)(columns["MET_pt"].astype(float)))


def test_of_no_events_there_is_nothing_to_reduce(events):
    nothing = events.filter("nMuon > 99")

    assert hf.run(nothing.sum("MET_pt"), nothing.mean("MET_pt"), nothing.count()) == [None, None, 0]


def test_values_are_taken_behind_filters(events, columns):
    taken = events.filter("MET_pt > 50").take("event").result()

    assert sorted(taken.to_pylist()) == sorted(columns["event"][columns["MET_pt"] > 50].tolist())


def test_many_answers_take_one_scan_and_are_not_computed_twice(events):
    session = hf.Session(cache=0)
    frame = session.read(events._source)
    booked = [frame.h1("MET_pt", bins=10 + n, range=(0, 100)) for n in range(20)]

    hf.run(booked, frame.filter("nMuon = 2").count())
    once = session.last_cost["bytes_read"]
    single = frame.h1("MET_pt", bins=10, range=(0, 100))
    single.result()
    alone = session.last_cost["bytes_read"]

    assert all(one.done for one in booked)
    assert once < 3 * alone
    assert hf.run(booked)[0] is booked[0].result()


def test_groups_are_those_of_numpy(events, columns):
    rows = (
        events.group_by("nMuon").agg(hf.fn.max("MET_pt").alias("most"), n="count(*)").sort("nMuon").to_arrow()
    )

    numbers, counts = np.unique(columns["nMuon"], return_counts=True)
    assert rows["nMuon"].to_pylist() == numbers.tolist()
    assert rows["n"].to_pylist() == counts.tolist()
    assert rows["most"].to_pylist() == [columns["MET_pt"][columns["nMuon"] == n].max() for n in numbers]


@pytest.mark.parametrize(("how", "rows"), [("inner", 2), ("left", 5000)])
def test_a_join_keeps_what_it_says(events, how, rows):
    good = hf.from_arrow({"event": [1, 2, -1], "MET_pt": [0.5, 1.5, 2.5]})

    joined = events.join(good, on="event", how=how)

    assert joined.count().result() == rows
    assert joined.columns[-1] == "MET_pt_right"


def test_another_join_is_refused(events):
    with pytest.raises(hf.errors.InvalidQuery, match='"inner" or "left"'):
        events.join(events, on="event", how="outer")


def test_a_union_has_the_rows_of_all(events):
    low, high = events.filter("MET_pt < 10"), events.filter("NOT (MET_pt < 10)")

    assert low.union(high).count().result() == 5000


def test_a_sample_is_the_same_each_time_and_of_the_size_asked_for(events):
    some = events.sample(0.2, by=["run", "event"])

    once, again = some.take("event").result().to_pylist(), some.take("event").result().to_pylist()
    other = events.sample(0.2, by=["run", "event"], seed=1).take("event").result().to_pylist()
    assert sorted(once) == sorted(again) != sorted(other)
    # Six standard deviations of a binomial.
    assert abs(len(once) - 1000) < 6 * np.sqrt(5000 * 0.2 * 0.8)
    assert events.sample(1).count().result() == 5000
    assert events.sample(0, by="event").count().result() == 0


def test_a_cached_frame_is_not_computed_again(events):
    session = hf.Session()
    calls = []

    def counted(x):
        calls.append(len(x))
        return x

    hf.udf(counted, inputs=["float64"], output="float64", name="counted", session=session)
    cached = session.read(events._source).define("c", "counted(MET_pt)").cache()
    so_far = len(calls)

    assert cached.count().result() == 5000
    assert cached.h1("c", bins=3, range=(0, 60)).result().sum(flow=True) == 5000
    assert len(calls) == so_far


@pytest.mark.parametrize(
    ("call", "error", "why"),
    [
        (lambda df: df.h1("MET_pt"), hf.errors.InvalidHistogram, "bins=100, range="),
        (lambda df: df.h1("MET_pt", bins=10, range=(5, 5)), hf.errors.InvalidHistogram, "5"),
        (lambda df: df.h1("MET_pt", bins=0, range=(0, 5)), hf.errors.InvalidHistogram, "bin"),
        (lambda df: df.h1("MET_pd", bins=1, range=(0, 5)), hf.errors.UnknownColumn, "did you mean `MET_pt`"),
        (lambda df: df.h2(("a", "b", "c"), bins=(1, 1)), hf.errors.InvalidHistogram, "are 2"),
        (lambda df: df.filter("MET_pt"), hf.errors.InvalidQuery, "compare it with something"),
        (lambda df: df.filter("Jet_pt > 3"), hf.errors.InvalidQuery, "one true or false per event"),
        (lambda df: df.filter("foo(MET_pt) > 1"), hf.errors.UnknownFunction, "`foo`"),
        (lambda df: df.limit(-1), hf.errors.InvalidQuery, "is 0 or more, not -1"),
        (lambda df: df.sample(1.5), hf.errors.InvalidQuery, "from 0 to 1"),
        (lambda df: df.define("x"), hf.errors.InvalidQuery, "an expression too"),
        (lambda df: df.select("MET_pt").to_hist(), hf.errors.InvalidHistogram, "no histogram"),
        (lambda df: hf.run(df), hf.errors.InvalidQuery, "what frames book"),
    ],
)
def test_a_mistake_is_told_with_what_to_write(events, call, error, why):
    with pytest.raises(error, match=why):
        call(events)
