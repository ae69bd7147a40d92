-- Missing transverse energy of events with at least two jets above 40 GeV.
SELECT h1(MET_pt, 100, 0, 200) FROM events WHERE count(Jet_pt > 40) >= 2
