//! What EXPLAIN shows: the columns that are read, and what happens before combinations are made.

use rstest::rstest;

use super::desk;

/// The columns of all scans, in the order of the plan.
fn columns(plan: &str) -> String {
    let scans = plan.split("columns=[").skip(1);
    let lists: Vec<&str> = scans.filter_map(|rest| rest.split(']').next()).collect();
    lists.join(" / ")
}

#[rstest]
#[case::a_mask("SELECT Muon.eta[Muon.pt > 20] FROM ev", "Muon_pt, Muon_eta")]
#[case::one_field("SELECT Muon.pt FROM ev", "Muon_pt")]
#[case::a_cut(
    "SELECT event FROM ev WHERE count(Muon.pt > 20) >= 2",
    "event, Muon_pt"
)]
#[case::the_count_of_a_cut_collection("SELECT len(Muon[Muon.pt > 20]) AS n FROM ev", "Muon_pt")]
#[case::a_sub_query(
    "SELECT m FROM (SELECT event, Muon[Muon.pt > 20].mass AS m, Jet.pt AS j FROM ev)",
    "Muon_pt, Muon_mass"
)]
#[case::a_name_for_a_cut_collection(
    "WITH good AS (SELECT *, Muon[Muon.pt > 20] AS mu FROM ev WHERE nMuon > 1) SELECT sum(mu.eta) FROM good",
    "nMuon, Muon_pt, Muon_eta"
)]
#[case::two_names(
    "WITH c AS (SELECT *, pairs(Muon) AS pair FROM ev WHERE nMuon > 1),
          d AS (SELECT *, best_by(pair, abs(pair.a.pt - pair.b.pt)) AS z FROM c)
     SELECT z.a.charge FROM d WHERE MET_pt > 20",
    "MET_pt, nMuon, Muon_pt, Muon_charge"
)]
#[case::a_pair_in_a_cut(
    "SELECT event FROM (SELECT event, pairs(Muon) AS p FROM ev) WHERE any(p.a.charge <> p.b.charge)",
    "event, Muon_charge"
)]
#[case::a_pair_that_is_shown(
    "SELECT (p.a + p.b).pt AS pt FROM (SELECT pairs(Muon) AS p FROM ev)",
    "Muon_pt, Muon_phi"
)]
#[case::the_best("SELECT best_by(Jet, -Jet.pt).eta AS eta FROM ev", "Jet_pt, Jet_eta")]
#[case::two_collections(
    "SELECT min(delta_r(c.a, c.b)) AS r FROM (SELECT cartesian(Muon, Jet) AS c FROM ev)",
    "Muon_eta, Muon_phi, Jet_eta, Jet_phi"
)]
#[case::matching(
    "SELECT Jet[NOT any_within(Jet, Muon, 0.4)].pt AS pt FROM ev",
    "Muon_eta, Muon_phi, Jet_pt, Jet_eta, Jet_phi"
)]
#[case::a_join(
    "SELECT sum(a.Muon.pt), max(b.Jet.pt) FROM ev a JOIN ev b ON a.event = b.event",
    "event, Muon_pt / event, Jet_pt"
)]
#[case::an_order(
    "SELECT event FROM ev ORDER BY sum(Muon.pt) DESC LIMIT 2",
    "event, Muon_pt"
)]
#[case::groups("SELECT count(*) FROM ev GROUP BY any(Muon.pt > 20)", "Muon_pt")]
#[case::a_histogram(
    "SELECT h1((p.a + p.b).pt, 10, 0, 100) FROM (SELECT pairs(Muon) AS p FROM ev WHERE nMuon = 2)",
    "nMuon, Muon_pt, Muon_phi"
)]
#[case::a_sub_query_of_a_cut(
    "SELECT MET_pt FROM ev WHERE event IN (SELECT event FROM ev WHERE any(Jet.pt > 40))",
    "event, MET_pt / event, Jet_pt"
)]
#[tokio::test]
async fn a_scan_reads_the_columns_that_are_used(#[case] sql: &str, #[case] wanted: &str) {
    let desk = desk().await;

    let plan = desk.table(&format!("EXPLAIN {sql}")).await.join("\n");

    let sorted = |text: &str| {
        let mut scans: Vec<Vec<String>> = text
            .split(" / ")
            .map(|scan| {
                let mut names: Vec<String> = scan.split(", ").map(str::to_owned).collect();
                names.sort();
                names
            })
            .collect();
        scans.sort();
        scans
    };
    assert_eq!(sorted(&columns(&plan)), sorted(wanted), "{plan}");
    for whole in ["hep_make(", "hep_pairs(", "hep_cartesian(", "hep_best_by("] {
        let physical = plan.split("physical_plan").last().unwrap();
        assert!(!physical.contains(whole), "{whole}: {plan}");
    }
}

#[rstest]
#[case::a_cut(
    "SELECT event FROM (SELECT event, pairs(Muon) AS p FROM ev WHERE nMuon >= 2)
     WHERE any((p.a + p.b).mass > 60)"
)]
#[case::a_cut_in_one(
    "SELECT event FROM ev WHERE nMuon >= 2 AND any((pairs(Muon).a + pairs(Muon).b).mass > 60)"
)]
#[case::the_best(
    "SELECT best_by(p, abs((p.a + p.b).mass - 91)).a.pt AS pt
     FROM (SELECT pairs(Muon) AS p FROM ev WHERE nMuon >= 2)"
)]
#[case::the_best_of_those_allowed(
    "SELECT best_by(p[p.a.charge <> p.b.charge], abs((p.a + p.b).mass[p.a.charge <> p.b.charge] - 91)).a.pt AS pt
     FROM (SELECT pairs(Muon) AS p FROM ev WHERE nMuon >= 2)"
)]
#[case::the_best_of_those_named(
    "WITH named AS (SELECT pairs(with_field(Muon, 'kind', 1)) AS p FROM ev WHERE nMuon >= 2),
          same AS (SELECT p[p.a.charge <> p.b.charge AND p.a.kind = p.b.kind] AS s FROM named)
     SELECT best_by(s, abs((s.a + s.b).mass - 91)).a.pt AS pt FROM same"
)]
#[case::a_cross_product(
    "SELECT count(delta_r(c.a, c.b) < 0.4) AS n FROM (SELECT cartesian(Muon, Jet) AS c FROM ev WHERE nMuon >= 2)"
)]
#[case::triples(
    "SELECT max((t.a + t.b + t.c).mass) AS m FROM (SELECT combinations(Jet, 3) AS t FROM ev WHERE nMuon >= 2)"
)]
#[tokio::test]
async fn events_are_cut_before_combinations_which_are_never_stored(#[case] sql: &str) {
    let desk = desk().await;

    let plan = desk.table(&format!("EXPLAIN {sql}")).await.join("\n");

    let physical = plan.split("physical_plan").last().unwrap();
    assert!(physical.contains("hep_fused("), "{plan}");
    for stored in ["hep_member(", "hep_cross(", "hep_mask("] {
        assert!(!physical.contains(stored), "{stored}: {plan}");
    }
    // The scan drops events; if the combinations are part of the cut, they come second.
    let cut = physical.split("predicate=").nth(1).unwrap_or_default();
    assert!(cut.starts_with("nMuon@"), "{plan}");
}

#[tokio::test]
async fn the_best_is_found_once_and_then_filtered() {
    let desk = desk().await;
    let sql = "SELECT z.a.pt, z.b.pt FROM (SELECT best_by(p, abs((p.a + p.b).mass - 91)) AS z \
               FROM (SELECT pairs(Muon) AS p FROM ev WHERE nMuon >= 2)) WHERE z IS NOT NULL";

    let plan = desk.table(&format!("EXPLAIN {sql}")).await.join("\n");

    let physical = plan.split("physical_plan").last().unwrap();
    assert_eq!(physical.matches("hep_fused(").count(), 1, "{plan}");
    let cut = physical.split("predicate=").nth(1).unwrap_or_default();
    assert!(cut.starts_with("nMuon@") && !cut.contains("hep_"), "{plan}");
}
