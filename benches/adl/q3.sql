-- Transverse momentum of jets with |eta| < 1.
SELECT h1(Jet_pt[abs(Jet_eta) < 1], 100, 15, 60) FROM events
