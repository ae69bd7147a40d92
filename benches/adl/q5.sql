-- Missing transverse energy of events with two muons of opposite charge and a mass within 60 and 120 GeV.
SELECT h1(MET_pt, 100, 0, 200)
FROM (SELECT MET_pt, pairs(Muon) AS pair FROM events WHERE nMuon >= 2)
WHERE any(pair.a.charge <> pair.b.charge AND (pair.a + pair.b).mass > 60 AND (pair.a + pair.b).mass < 120)
