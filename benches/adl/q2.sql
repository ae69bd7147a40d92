-- Transverse momentum of all jets.
SELECT h1(Jet_pt, 100, 15, 60) FROM events
