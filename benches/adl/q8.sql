-- With three leptons: transverse mass of missing energy and the leading lepton outside the pair closest to the Z.
WITH leptons AS (
  SELECT MET_pt, MET_phi, concat(with_field(Muon, 'flavour', 0), with_field(Electron, 'flavour', 1)) AS lepton
  FROM events WHERE nMuon + nElectron >= 3),
paired AS (SELECT *, pairs(with_field(lepton, 'place', index(lepton))) AS pair FROM leptons),
matched AS (
  SELECT *, pair[pair.a.charge <> pair.b.charge AND pair.a.flavour = pair.b.flavour] AS same FROM paired),
best AS (SELECT *, best_by(same, abs((same.a + same.b).mass - 91.2)) AS z FROM matched),
rest AS (
  SELECT *, lepton[index(lepton) <> z.a.place AND index(lepton) <> z.b.place] AS others FROM best WHERE z IS NOT NULL),
lead AS (SELECT MET_pt, MET_phi, best_by(others, -others.pt) AS other FROM rest)
SELECT h1(transverse_mass(MET_pt, MET_phi, other.pt, other.phi), 100, 0, 200) FROM lead
