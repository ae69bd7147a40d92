"""The eight ADL queries through the Python API: as SQL text and as expressions of `col`.

Each function books the histograms of one query on a frame of events; Q6 has two.
"""

import hepframe as hf
from hepframe import col, fn


def text_q1(events):
    return [events.h1("MET_pt", bins=100, range=(0, 200))]


def text_q2(events):
    return [events.h1("Jet_pt", bins=100, range=(15, 60))]


def text_q3(events):
    return [events.h1("Jet_pt[abs(Jet_eta) < 1]", bins=100, range=(15, 60))]


def text_q4(events):
    return [events.filter("count(Jet_pt > 40) >= 2").h1("MET_pt", bins=100, range=(0, 200))]


def text_q5(events):
    found = (
        events.filter("nMuon >= 2")
        .define("pair", "pairs(Muon)")
        .define("mass", "(pair.a + pair.b).mass")
        .filter("any(pair.a.charge <> pair.b.charge AND mass > 60 AND mass < 120)")
    )
    return [found.h1("MET_pt", bins=100, range=(0, 200))]


def text_q6(events):
    found = (
        events.filter("nJet >= 3")
        .define("three", "combinations(Jet, 3)")
        .define("trijet", "best_by(three, abs((three.a + three.b + three.c).mass - 172.5))")
    )
    return [
        found.h1("(trijet.a + trijet.b + trijet.c).pt", bins=100, range=(15, 40)),
        found.h1("greatest(trijet.a.btag, trijet.b.btag, trijet.c.btag)", bins=100, range=(0, 1)),
    ]


def text_q7(events):
    clean = """Jet_pt[Jet_pt > 30 AND NOT any_within(Jet, Muon[Muon.pt > 10], 0.4)
                      AND NOT any_within(Jet, Electron[Electron.pt > 10], 0.4)]"""
    return [events.define("pt", clean).filter("len(pt) > 0").h1("sum(pt)", bins=100, range=(15, 200))]


def text_q8(events):
    found = (
        events.filter("nMuon + nElectron >= 3")
        .define("lepton", "concat(with_field(Muon, 'flavour', 0), with_field(Electron, 'flavour', 1))")
        .define("pair", "pairs(with_field(lepton, 'place', index(lepton)))")
        .define("same", "pair[pair.a.charge <> pair.b.charge AND pair.a.flavour = pair.b.flavour]")
        .define("z", "best_by(same, abs((same.a + same.b).mass - 91.2))")
        .filter("z IS NOT NULL")
        .define("rest", "lepton[index(lepton) <> z.a.place AND index(lepton) <> z.b.place]")
        .define("lead", "best_by(rest, -rest.pt)")
    )
    return [found.h1("transverse_mass(MET_pt, MET_phi, lead.pt, lead.phi)", bins=100, range=(0, 200))]


met, jet, muon, electron = col("MET_pt"), col("Jet"), col("Muon"), col("Electron")


def col_q1(events):
    return [events.h1(met, bins=100, range=(0, 200))]


def col_q2(events):
    return [events.h1(jet.pt, bins=100, range=(15, 60))]


def col_q3(events):
    return [events.h1(jet.pt[abs(jet.eta) < 1], bins=100, range=(15, 60))]


def col_q4(events):
    return [events.filter(hf.count(jet.pt > 40) >= 2).h1(met, bins=100, range=(0, 200))]


def col_q5(events):
    pair = hf.pairs(muon)
    mass = (pair.a + pair.b).mass
    opposite = (pair.a.charge != pair.b.charge) & (mass > 60) & (mass < 120)
    found = events.filter(col("nMuon") >= 2).filter(fn.any(opposite))
    return [found.h1(met, bins=100, range=(0, 200))]


def col_q6(events):
    three, top = col("three"), col("top")
    found = (
        events.filter(col("nJet") >= 3)
        .define("three", hf.combinations(jet, 3))
        .define("top", hf.best_by(three, abs((three.a + three.b + three.c).mass - 172.5)))
    )
    btag = hf.greatest(top.a.btag, top.b.btag, top.c.btag)
    return [
        found.h1((top.a + top.b + top.c).pt, bins=100, range=(15, 40)),
        found.h1(btag, bins=100, range=(0, 1)),
    ]


def col_q7(events):
    is_clean = jet.pt > 30
    for lepton in (muon, electron):
        is_clean &= ~hf.any_within(jet, lepton[lepton.pt > 10], 0.4)
    pt = jet.pt[is_clean]
    return [events.filter(fn.len(pt) > 0).h1(fn.sum(pt), bins=100, range=(15, 200))]


def col_q8(events):
    lepton, pair, same, z, rest, lead = (
        col(name) for name in ("lepton", "pair", "same", "z", "rest", "lead")
    )
    place = hf.index(lepton)
    found = (
        events.filter(col("nMuon") + col("nElectron") >= 3)
        .define("lepton", hf.concat(hf.with_field(muon, "flavour", 0), hf.with_field(electron, "flavour", 1)))
        .define("pair", hf.pairs(hf.with_field(lepton, "place", place)))
        .define("same", pair[(pair.a.charge != pair.b.charge) & (pair.a.flavour == pair.b.flavour)])
        .define("z", hf.best_by(same, abs((same.a + same.b).mass - 91.2)))
        .filter(z.is_not_null())
        .define("rest", lepton[(place != z.a.place) & (place != z.b.place)])
        .define("lead", hf.best_by(rest, -rest.pt))
    )
    mass = hf.transverse_mass(met, col("MET_phi"), lead.pt, lead.phi)
    return [found.h1(mass, bins=100, range=(0, 200))]


ANSWERS = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6a", "Q6b", "Q7", "Q8")
"""Names of the nine histograms, in the order in which `book` gives them."""


def book(spelling, events):
    """All nine histograms in one `spelling`, `"text"` or `"col"`."""
    queries = [globals()[f"{spelling}_q{number}"] for number in range(1, 9)]
    return [booked for query in queries for booked in query(events)]
