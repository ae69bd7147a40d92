-- Of the three jets whose mass is closest to 172.5 GeV: transverse momentum, and the largest b-tag.
WITH triples AS (SELECT combinations(Jet, 3) AS three FROM events WHERE nJet >= 3),
     tops AS (SELECT best_by(three, abs((three.a + three.b + three.c).mass - 172.5)) AS trijet FROM triples)
SELECT h1((trijet.a + trijet.b + trijet.c).pt, 100, 15, 40) AS q6a,
       h1(greatest(trijet.a.btag, trijet.b.btag, trijet.c.btag), 100, 0, 1) AS q6b
FROM tops
