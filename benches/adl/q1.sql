-- Missing transverse energy of all events.
SELECT h1(MET_pt, 100, 0, 200) FROM events
