"""Histograms: axes as they are asked for, UHI JSON as `hist.Hist`, and drawings."""

import json

import hist
import matplotlib
import numpy as np
import pytest
import uhi.io.json
from hepframe._hist import axis_of, hist_of, plot
from hepframe.errors import InvalidHistogram

matplotlib.use("agg")
RANDOM = np.random.default_rng(7)


def uhi_json(histogram):
    return json.dumps(histogram, default=uhi.io.json.default)


def filled(*axes, storage=None, weight=False, sample=False):
    """A histogram that `hist` filled, with some in every flow bin."""
    made = hist.Hist(*axes, storage=storage or hist.storage.Int64())
    columns = [column_for(axis) for axis in axes]
    more = {}
    if weight:
        more["weight"] = RANDOM.uniform(0.1, 2, 1000)
    if sample:
        more["sample"] = RANDOM.normal(50, 5, 1000)
    return made.fill(*columns, **more)


def column_for(axis):
    if isinstance(axis, hist.axis.StrCategory):
        return RANDOM.choice(["a", "b", "c"], 1000)
    if isinstance(axis, hist.axis.IntCategory):
        return RANDOM.choice([3, 1, 7], 1000)
    return RANDOM.normal(1, 2, 1000)


@pytest.mark.parametrize(
    ("asked", "axis"),
    [
        ({"bins": 10, "range": (0, 5)}, ("regular", 10, 0.0, 5.0)),
        ({"bins": np.int64(10), "range": np.array([0, 5])}, ("regular", 10, 0.0, 5.0)),
        ({"edges": [0, 1, 2.5]}, ("edges", [0.0, 1.0, 2.5])),
        ({"edges": np.linspace(0, 1, 3)}, ("edges", [0.0, 0.5, 1.0])),
        ({"categories": ["a", "b"]}, ("names", ["a", "b"])),
        ({"categories": range(2)}, ("integers", [0, 1])),
    ],
    ids=str,
)
def test_an_axis_is_bins_in_a_range_or_edges_or_categories(asked, axis):
    assert axis_of(**asked) == axis


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "got none of these"),
        ({"bins": 10, "edges": [0, 1]}, "got bins and edges"),
        ({"bins": 10}, r"needs range=\(lo, hi\)"),
        ({"bins": 2.5, "range": (0, 1)}, "whole number, got 2.5"),
        ({"bins": 10, "range": (0, 1, 2)}, "got 3 numbers"),
        ({"bins": 10, "range": 5}, "two numbers for each axis, got 5"),
        ({"bins": 10, "range": (0, "a")}, "is a number, got 'a'"),
        ({"edges": [0, 1], "range": (0, 1)}, "range is for bins"),
        ({"edges": [0, None]}, "an edge is a number, got None"),
        ({"categories": "ab"}, "several values, got 'ab'"),
        ({"categories": []}, "at least one"),
        ({"categories": ["a", 1]}, "texts, or whole numbers"),
    ],
    ids=str,
)
def test_an_axis_that_cannot_be_is_refused(asked, words):
    with pytest.raises(InvalidHistogram, match=words):
        axis_of(**asked)


REGULAR = hist.axis.Regular(20, -1, 3)
VARIABLE = hist.axis.Variable([-1, 0, 0.5, 3])
NAMES = hist.axis.StrCategory(["a", "b"])
INTEGERS = hist.axis.IntCategory([3, 1])


@pytest.mark.parametrize(
    "axes",
    [
        (REGULAR,),
        (VARIABLE,),
        (NAMES,),
        (INTEGERS,),
        (REGULAR, NAMES),
        (VARIABLE, INTEGERS, REGULAR),
    ],
    ids=lambda axes: "-".join(type(axis).__name__ for axis in axes),
)
@pytest.mark.parametrize("weight", [False, True])
def test_bins_are_those_of_hist_flow_included(axes, weight):
    wanted = filled(*axes, storage=hist.storage.Weight() if weight else None, weight=weight)

    found = hist_of(uhi_json(wanted))

    assert found.storage_type is (hist.storage.Weight if weight else hist.storage.Double)
    assert [list(axis) for axis in found.axes] == [list(axis) for axis in axes]
    assert [axis.traits for axis in found.axes] == [axis.traits for axis in axes]
    np.testing.assert_array_equal(found.values(flow=True), wanted.values(flow=True))
    np.testing.assert_array_equal(found.variances(flow=True), wanted.variances(flow=True))


@pytest.mark.parametrize("weight", [False, True])
def test_profiles_are_those_of_hist(weight):
    storage = hist.storage.WeightedMean() if weight else hist.storage.Mean()
    wanted = filled(VARIABLE, storage=storage, weight=weight, sample=True)

    found = hist_of(uhi_json(wanted))

    assert found.storage_type is type(storage)
    np.testing.assert_array_equal(found.values(flow=True), wanted.values(flow=True))
    np.testing.assert_array_equal(found.counts(flow=True), wanted.counts(flow=True))
    np.testing.assert_allclose(found.variances(flow=True), wanted.variances(flow=True), rtol=1e-14)


def test_the_variance_of_a_single_fill_is_unknown_and_stays_so_when_more_come():
    one = hist.Hist(REGULAR, storage=hist.storage.Mean()).fill([0.5], sample=[3.0])

    twice = hist_of(uhi_json(one)) + hist_of(uhi_json(one))

    assert twice.values().max() == 3.0
    assert np.nanmax(twice.variances()) == 0.0


def test_labels_go_to_the_axes_and_a_profiles_to_its_mean():
    profile = filled(REGULAR, storage=hist.storage.Mean(), sample=True)

    assert hist_of(uhi_json(filled(REGULAR)), "MET [GeV]").axes[0].label == "MET [GeV]"
    found = hist_of(uhi_json(profile), ["nJet", "MET [GeV]"])
    assert (found.axes[0].label, found.label) == ("nJet", "MET [GeV]")


def test_what_was_not_filled_is_metadata():
    content = json.loads(uhi_json(filled(REGULAR)))
    content["metadata"] = {"entries": 5, "nan": 2.0, "missing": 1}

    assert hist_of(json.dumps(content)).metadata == content["metadata"]


def test_counts_can_be_scaled():
    counts = filled(REGULAR)

    np.testing.assert_array_equal((hist_of(uhi_json(counts)) * 0.5).values(), counts.values() / 2)


def test_one_axis_is_drawn_as_steps_with_errors():
    counts = hist_of(uhi_json(filled(REGULAR)), "x [GeV]")

    ax = plot(counts, color="red", label="data")

    steps = ax.patches[0].get_data()
    np.testing.assert_array_equal(steps.values, counts.values())
    np.testing.assert_array_equal(steps.edges, counts.axes[0].edges)
    bars = np.array(ax.collections[0].get_segments())
    np.testing.assert_allclose(bars[:, 1, 1] - bars[:, 0, 1], 2 * np.sqrt(counts.values()))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x [GeV]", "Events")
    assert ax.get_legend_handles_labels()[1] == ["data"]
    assert len(plot(counts, errors=False).collections) == 0


def test_two_axes_are_drawn_as_a_mesh_with_names_of_categories():
    counts = filled(NAMES, REGULAR)

    ax = plot(counts)

    np.testing.assert_array_equal(ax.collections[0].get_array(), counts.values().T)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]


def test_a_profile_is_drawn_as_points_and_leaves_out_empty_bins():
    profile = hist.Hist(hist.axis.Regular(2, 0, 2), storage=hist.storage.Mean(), label="MET")
    profile.fill([0.5, 0.6], sample=[3.0, 5.0])

    ax = plot(profile)

    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [4.0, np.nan])
    assert ax.get_ylabel() == "MET"


def test_a_second_histogram_goes_into_the_same_axes_when_asked():
    ax = plot(filled(REGULAR), label="one")

    assert plot(filled(REGULAR), ax=ax, histtype="errorbar", label="two") is ax
    assert set(ax.get_legend_handles_labels()[1]) == {"one", "two"}


def test_what_cannot_be_drawn_says_so():
    with pytest.raises(InvalidHistogram, match="project"):
        plot(filled(REGULAR, VARIABLE, NAMES))
    with pytest.raises(InvalidHistogram, match="histtype"):
        plot(filled(REGULAR), histtype="bars")
