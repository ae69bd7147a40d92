-- Scalar sum of the momenta of jets above 30 GeV with no lepton above 10 GeV within 0.4.
WITH clean AS (
  SELECT Jet_pt[Jet_pt > 30 AND NOT any_within(Jet, Muon[Muon.pt > 10], 0.4)
                AND NOT any_within(Jet, Electron[Electron.pt > 10], 0.4)] AS pt FROM events)
SELECT h1(sum(pt), 100, 15, 200) FROM clean WHERE len(pt) > 0
