"""Made-up events for the ADL queries, and the queries as plain loops over them."""

from itertools import combinations
from math import cos, hypot, pi, sin, sinh, sqrt

import numpy as np
import pyarrow as pa

FIELDS = ("pt", "eta", "phi", "mass")


def made_up_events(events=1500, seed=11):
    """A table as NanoAOD has it: lists `Jet_*`, `Muon_*`, `Electron_*`, their counts, missing energy."""
    random = np.random.default_rng(seed)
    columns = {
        "MET_pt": random.exponential(60, events).astype("float32"),
        "MET_phi": random.uniform(-pi, pi, events).astype("float32"),
    }
    for name, mean, scale in (("Jet", 3.0, 35), ("Muon", 1.2, 30), ("Electron", 0.8, 30)):
        counts = random.poisson(mean, events)
        size = counts.sum()
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype("int32")
        values = {
            "pt": (random.exponential(scale, size) + 3).astype("float32"),
            "eta": random.normal(0, 1.2, size).astype("float32"),
            "phi": random.uniform(-pi, pi, size).astype("float32"),
            "mass": random.uniform(0.1, 8, size).astype("float32"),
        }
        if name == "Jet":
            values["btag"] = random.uniform(0, 1, size).astype("float32")
        else:
            values["charge"] = random.choice(np.array([-1, 1], dtype="int32"), size)
        columns[f"n{name}"] = counts.astype("int32")
        for field, content in values.items():
            columns[f"{name}_{field}"] = pa.ListArray.from_arrays(offsets, pa.array(content))
    return pa.table(columns)


def loops(table):
    """The nine histograms: name → bins, flow included."""
    filled = {}
    for event in table.to_pylist():
        for name, (value, lo, hi) in values_of(event):
            bins = filled.setdefault(name, np.zeros(102))
            bins[0 if value < lo else 101 if value >= hi else 1 + int(100 * (value - lo) / (hi - lo))] += 1
    return filled


def values_of(event):
    """What an event fills: name, (value, lower and upper edge)."""
    met, phi = event["MET_pt"], event["MET_phi"]
    jets, muons, electrons = (particles(event, name) for name in ("Jet", "Muon", "Electron"))
    yield "Q1", (met, 0, 200)
    for jet in jets:
        yield "Q2", (jet["pt"], 15, 60)
        if abs(jet["eta"]) < 1:
            yield "Q3", (jet["pt"], 15, 60)
    if sum(jet["pt"] > 40 for jet in jets) >= 2:
        yield "Q4", (met, 0, 200)
    opposite = [pair for pair in combinations(muons, 2) if pair[0]["charge"] != pair[1]["charge"]]
    if any(60 < mass(pair) < 120 for pair in opposite):
        yield "Q5", (met, 0, 200)
    if len(jets) >= 3:
        top = min(combinations(jets, 3), key=lambda three: abs(mass(three) - 172.5))
        yield "Q6a", (hypot(*total(top)[:2]), 15, 40)
        yield "Q6b", (max(jet["btag"] for jet in top), 0, 1)
    leptons = [lepton for lepton in muons + electrons if lepton["pt"] > 10]
    clean = [
        jet for jet in jets if jet["pt"] > 30 and all(distance(jet, lepton) >= 0.4 for lepton in leptons)
    ]
    if clean:
        yield "Q7", (sum(jet["pt"] for jet in clean), 15, 200)
    lead = lepton_beside_z(muons, electrons)
    if lead is not None:
        angle = 1 - cos(turned(lead["phi"] - phi))
        yield "Q8", (sqrt(2 * met * lead["pt"] * angle), 0, 200)


def lepton_beside_z(muons, electrons):
    """The lepton of largest momentum that is not part of the pair nearest to the Z."""
    leptons = muons + electrons
    flavour = [0] * len(muons) + [1] * len(electrons)
    pairs = [
        (a, b)
        for a, b in combinations(range(len(leptons)), 2)
        if flavour[a] == flavour[b] and leptons[a]["charge"] != leptons[b]["charge"]
    ]
    if len(leptons) < 3 or not pairs:
        return None
    z = min(pairs, key=lambda pair: abs(mass([leptons[place] for place in pair]) - 91.2))
    return max((leptons[place] for place in range(len(leptons)) if place not in z), key=lambda one: one["pt"])


def particles(event, name):
    """The members of a collection."""
    fields = (*FIELDS, "btag" if name == "Jet" else "charge")
    lists = [event[f"{name}_{field}"] for field in fields]
    return [dict(zip(fields, values, strict=True)) for values in zip(*lists, strict=True)]


def total(vectors):
    """The sum of four-vectors: px, py, pz, energy."""
    sums = [0.0] * 4
    for vector in vectors:
        pt = vector["pt"]
        momentum = (pt * cos(vector["phi"]), pt * sin(vector["phi"]), pt * sinh(vector["eta"]))
        energy = sqrt(sum(part * part for part in momentum) + vector["mass"] ** 2)
        sums = [old + new for old, new in zip(sums, (*momentum, energy), strict=True)]
    return sums


def mass(vectors):
    """The mass of a sum of four-vectors."""
    px, py, pz, energy = total(vectors)
    return sqrt(max(energy**2 - px**2 - py**2 - pz**2, 0.0))


def distance(a, b):
    """The distance in eta and phi."""
    return hypot(a["eta"] - b["eta"], turned(a["phi"] - b["phi"]))


def turned(angle):
    """The angle between -pi and pi."""
    return (angle + pi) % (2 * pi) - pi
