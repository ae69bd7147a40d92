//! Lists, combinations, histograms and frames: the same bits everywhere.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use hepframe_engine::frame::axis;
use hepframe_engine::{Parameter, Progress, Session, UserFunction};
use hepframe_root_write::{Codec, write_demo_file};
use rstest::rstest;

use super::clusters;
use super::local_files::printed;
use crate::files::Desk;

fn demo() -> Desk {
    let desk = Desk::new();
    write_demo_file(desk.path("demo.root"), 20_000, 7, Codec::Lz4, |_| ()).unwrap();
    desk
}

#[rstest]
#[case::masks_and_subscripts(
    "SELECT event, Jet_pt[abs(Jet_eta) < 1], Jet_pt[0], Jet_pt[-1:] FROM '@/demo.root' WHERE event < 50"
)]
#[case::a_sum_per_event_and_over_events(
    "SELECT sum(sum(Jet_pt)), count(*) FROM '@/demo.root' WHERE any(Jet_pt > 60)"
)]
#[case::a_collection(
    "SELECT event, Muon FROM '@/demo.root' WHERE nMuon = 3 ORDER BY event LIMIT 20"
)]
#[case::pairs(
    "SELECT event, best_by(pair, abs((pair.a + pair.b).mass - 91.2)) AS z
     FROM (SELECT event, pairs(Muon) AS pair FROM '@/demo.root') ORDER BY event LIMIT 50"
)]
#[case::a_match("SELECT sum(count(any_within(Jet, Muon, 0.4))) FROM '@/demo.root'")]
#[case::weights(
    "SELECT uhi(h1(Jet_pt, 20, 0, 100, 1.0 / (1 + nJet))),
            uhi(h1(MET_pt, 10, 0, 100, 0.1) FILTER (WHERE nMuon = 2)),
            uhi(profile(nJet, MET_pt, 10, 0, 10)) FROM '@/demo.root'"
)]
#[case::groups("SELECT nMuon, uhi(h1(MET_pt, 5, 0, 100)) FROM '@/demo.root' GROUP BY nMuon")]
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_everywhere(#[case] sql: &str) {
    demo().rows(sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adl_queries_fill_the_same_everywhere() {
    let desk = demo();
    // The demo has no electrons, which the last two ask for.
    for query in ["q1", "q2", "q3", "q4", "q5", "q6"] {
        let path = format!(
            "{}/../../benches/adl/{query}.sql",
            env!("CARGO_MANIFEST_DIR")
        );
        let sql = std::fs::read_to_string(path).unwrap();
        desk.rows(&sql.replace("FROM events", "FROM '@/demo.root'"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_answer_the_same_everywhere() {
    let desk = demo();
    let [inside, outside] = clusters::urls();
    let sessions = [
        Session::local().unwrap(),
        Session::connect(&inside).await.unwrap(),
        Session::connect(&outside).await.unwrap(),
    ];
    let mut answers = Vec::new();
    for session in sessions {
        let two = session
            .read(&desk.sql("@/demo.root:Events"))
            .await
            .unwrap()
            .filter("nMuon = 2", "two muons")
            .unwrap()
            .define("mass", "(Muon[0] + Muon[1]).mass")
            .unwrap();
        let heavy = two.filter("mass > 60", "heavy").unwrap();
        let booked = [
            two.h1("mass", axis(60, 0.0, 120.0)).unwrap(),
            heavy
                .h1("MET_pt", axis(20, 0.0, 100.0))
                .unwrap()
                .weighted("1 / mass")
                .unwrap(),
            heavy.report(),
        ];
        answers.push(format!("{:?}", session.run(&booked).await.unwrap()));
    }

    assert_eq!(answers[0], answers[1], "on a cluster in this process");
    assert_eq!(answers[0], answers[2], "on a cluster of processes");
    assert!(answers[0].contains("two muons"), "{}", answers[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_of_this_process_is_refused_on_a_cluster() {
    let [inside, _] = clusters::urls();
    let session = Session::connect(&inside).await.unwrap();
    let mine = UserFunction::new("mine", vec![DataType::Int64], DataType::Int64, |_| {
        Err("it must not be called".to_owned())
    });

    let error = session.register_function(mine).unwrap_err();

    assert_eq!(
        error.to_string(),
        "function `mine` lives in this process and cannot run on a cluster; write it as an \
         expression, or use a session of this process"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_values_of_a_statement_travel_with_it() {
    let desk = demo();
    let [inside, outside] = clusters::urls();
    let sessions = [
        Session::local().unwrap(),
        Session::connect(&inside).await.unwrap(),
        Session::connect(&outside).await.unwrap(),
    ];
    let sql =
        "SELECT event, n FROM cut JOIN wanted USING (event) WHERE n IN ($n) AND n NOT IN ($no)";
    let parameters = BTreeMap::from([
        (
            "n".to_owned(),
            Parameter::List(vec![Parameter::Integer(1), Parameter::Integer(2)]),
        ),
        ("no".to_owned(), Parameter::List(Vec::new())),
    ]);

    let mut answers = Vec::new();
    for session in sessions {
        let cut = session
            .read(&desk.sql("@/demo.root:Events"))
            .await
            .unwrap()
            .define("n", "count(Muon.pt > 20)")
            .unwrap();
        let rows = cut
            .select(&["event"])
            .unwrap()
            .sort("event", false)
            .unwrap();
        let wanted = rows.limit(300).unwrap().cache().await.unwrap();
        let tables = BTreeMap::from([("cut".to_owned(), cut), ("wanted".to_owned(), wanted)]);
        let asked = session
            .frame(sql, parameters.clone(), &tables, &Progress::default())
            .await
            .unwrap();
        let sorted = asked.frame.sort("event", false).unwrap();
        answers.push(printed(&sorted.collect().await.unwrap()));
    }

    assert!(answers[0].len() > 10, "{:?}", answers[0]);
    assert_eq!(answers[0], answers[1], "on a cluster in this process");
    assert_eq!(answers[0], answers[2], "on a cluster of processes");
}
