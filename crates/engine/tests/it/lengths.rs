//! Lists that do not fit together: the error names the columns, the file and the entry.

use futures::TryStreamExt;
use hepframe_engine::frame::{Frame, axis};
use hepframe_engine::{Session, SessionOptions};
use hepframe_root_write::{Column, FileWriter, TreeOptions};
use rstest::rstest;

use crate::files::Desk;

/// A desk with `fits.root` and `odd.root`, twenty events each in four clusters.
///
/// Event `i` has `i % 3` muons and as many jets; in `odd.root`, 13 and 17 have one jet more. The
/// numbers of event 11 do not fit into a sum.
fn desk() -> Desk {
    let desk = Desk::new();
    write(&desk, "fits.root", 20, &[]);
    write(&desk, "odd.root", 20, &[13, 17]);
    desk
}

fn write(desk: &Desk, file: &str, entries: i64, odd: &[i64]) {
    let ids: Vec<i64> = (0..entries).collect();
    let muons: Vec<i32> = ids
        .iter()
        .map(|id| i32::try_from(id % 3).unwrap())
        .collect();
    let jets: Vec<i32> = ids
        .iter()
        .zip(&muons)
        .map(|(id, count)| count + i32::from(odd.contains(id)))
        .collect();
    let elements = |counts: &[i32]| -> Vec<i64> {
        let of_event = |(id, count): (&i64, &i32)| vec![*id; usize::try_from(*count).unwrap()];
        ids.iter().zip(counts).flat_map(of_event).collect()
    };
    let pts = |counts: &[i32]| -> Vec<f64> {
        let pt = |id| f64::from(i32::try_from(id).unwrap());
        elements(counts).into_iter().map(pt).collect()
    };
    let large = |id| if id == 11 { i64::MAX } else { 0 };
    let columns = [
        ("id", Column::flat(ids.clone())),
        ("nMuon", Column::flat(muons.clone())),
        ("Muon_pt", Column::counted("nMuon", pts(&muons))),
        (
            "Muon_large",
            Column::counted(
                "nMuon",
                elements(&muons).into_iter().map(large).collect::<Vec<_>>(),
            ),
        ),
        ("nJet", Column::flat(jets.clone())),
        ("Jet_pt", Column::counted("nJet", pts(&jets))),
    ];
    let mut file = FileWriter::create(desk.path(file)).unwrap();
    let options = TreeOptions::new()
        .entries_per_cluster(6)
        .entries_per_basket(3);
    file.tree("Events", options, &columns).unwrap();
    file.finish().unwrap();
}

#[rstest]
#[case::above_the_scan("SELECT Muon_pt + Jet_pt FROM '@/odd.root'", 13)]
#[case::in_the_scan("SELECT id FROM '@/odd.root' WHERE any(Muon_pt > Jet_pt)", 13)]
#[case::behind_a_cut("SELECT Muon_pt + Jet_pt FROM '@/odd.root' WHERE id > 13", 17)]
#[case::of_a_glob("SELECT Muon_pt + Jet_pt FROM '@/[fo]*.root'", 13)]
#[case::of_lists_made_of_columns(
    "SELECT Muon_pt[Muon_pt > 3] * sort(Jet_pt[Jet_pt > 3]) FROM '@/odd.root'",
    13
)]
#[case::of_collections("SELECT delta_phi(Muon.pt, Jet.pt) FROM '@/odd.root'", 13)]
#[case::of_a_sub_query(
    "SELECT sum(x * y) FROM (SELECT Muon_pt AS x, Jet_pt AS y FROM '@/odd.root' WHERE id > 14)",
    17
)]
#[case::of_a_weight("SELECT h1(Muon_pt, 10, 0, 100, Jet_pt) FROM '@/odd.root'", 13)]
#[case::of_a_union(
    "SELECT Muon_pt + Jet_pt FROM '@/fits.root' UNION ALL SELECT Muon_pt + Jet_pt FROM '@/odd.root'",
    13
)]
#[case::of_a_join(
    "SELECT o.Muon_pt + o.Jet_pt FROM '@/odd.root' o JOIN '@/fits.root' f ON o.id = f.id",
    13
)]
#[case::of_a_view(
    "CREATE OR REPLACE VIEW v AS SELECT Muon_pt, Jet_pt FROM '@/odd.root'; SELECT Muon_pt + Jet_pt FROM v",
    13
)]
#[case::of_a_table_made(
    "CREATE TABLE made AS SELECT Muon_pt + Jet_pt AS x FROM '@/odd.root'",
    13
)]
#[case::of_rows_written(
    "COPY (SELECT Muon_pt + Jet_pt AS x FROM '@/odd.root') TO '@/x.parquet'",
    13
)]
#[case::of_a_sum("SELECT sum(Muon_large) FROM '@/odd.root'", 11)]
#[tokio::test(flavor = "multi_thread")]
async fn an_error_about_lists_names_file_and_entry(#[case] sql: &str, #[case] entry: u64) {
    let desk = desk();

    let error = desk.error(sql).await;

    let place = desk.sql(&format!("entry {entry} of @/odd.root"));
    assert!(error.contains(&place), "{error}");
    assert!(!error.contains("of a batch"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_of_the_entry_are_told_with_their_lengths() {
    let desk = desk();

    let error = desk
        .error("SELECT Muon_pt + Jet_pt FROM '@/odd.root'")
        .await;

    let place = desk.sql("(entry 13 of @/odd.root)");
    let wanted = format!(
        "`+`: the lists of one event differ in length: `Muon_pt` has 1 and `Jet_pt` has 2 elements {place}"
    );
    assert!(error.starts_with(&wanted), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_far_behind_the_first_is_found() {
    let desk = Desk::new();
    write(&desk, "long.root", 30_000, &[25_003, 25_004]);

    let error = desk
        .error("SELECT Muon_pt + Jet_pt FROM '@/long.root'")
        .await;

    let place = desk.sql("entry 25003 of @/long.root");
    assert!(error.contains(&place), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_in_memory_are_told_by_their_table() {
    let desk = desk();

    let error = desk
        .error(
            "CREATE OR REPLACE TABLE mine AS SELECT * FROM '@/odd.root' ORDER BY id DESC; \
             SELECT Muon_pt + Jet_pt FROM mine",
        )
        .await;

    assert!(error.contains("(row 2 of `mine`)"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_other_files_are_told_by_their_batch() {
    let desk = desk();
    desk.rows("COPY (SELECT Muon_pt, Jet_pt FROM '@/odd.root') TO '@/odd.parquet'")
        .await;

    let error = desk
        .error("SELECT Muon_pt + Jet_pt FROM '@/odd.parquet'")
        .await;

    assert!(error.contains("(row 13 of a batch)"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_table_is_not_blamed() {
    let desk = desk();

    let error = desk
        .error("SELECT id, x + y FROM '@/fits.root', (VALUES ([1.0], [2.0, 3.0])) v(x, y)")
        .await;

    assert!(error.contains("(row 0 of a batch)"), "{error}");
}

async fn odd_frame(session: &Session, desk: &Desk) -> Frame {
    let location = desk.sql("@/odd.root:Events");
    session.read(&location).await.unwrap()
}

#[tokio::test]
async fn an_error_behind_rows_handed_out_names_the_entry_too() {
    let desk = desk();
    let options = SessionOptions {
        batch_rows: Some(4),
        threads: Some(1),
        ..SessionOptions::default()
    };
    let session = Session::local_with(&options).unwrap();
    let sql = desk.sql("SELECT Muon_pt + Jet_pt FROM '@/odd.root'");

    let mut rows = session.query(&sql).await.unwrap().execute().await.unwrap();
    let first = rows.try_next().await.unwrap().unwrap();
    let error = rows.try_for_each(|_| async { Ok(()) }).await.unwrap_err();

    assert_eq!(first.num_rows(), 4);
    let place = desk.sql("entry 13 of @/odd.root");
    assert!(error.to_string().contains(&place), "{error}");
}

#[tokio::test]
async fn frames_and_bookings_name_the_entry() {
    let desk = desk();
    let frame = odd_frame(&desk.session, &desk).await;
    let both = frame.define("both", "Muon_pt + Jet_pt").unwrap();
    let cut = frame.filter("id > 13", "late").unwrap();
    let late = cut.define("both", "Muon_pt + Jet_pt").unwrap();
    let booked = [cut.count(), late.h1("both", axis(5, 0.0, 100.0)).unwrap()];

    let of_rows = both.collect().await.unwrap_err().to_string();
    let of_file = both
        .write_parquet(desk.path("x.parquet"))
        .await
        .unwrap_err();
    let kept = cut.cache().await.unwrap();
    let of_kept = kept.define("both", "Muon_pt + Jet_pt").unwrap();
    let of_kept = of_kept.collect().await.unwrap_err().to_string();
    let of_bookings = desk.session.run(&booked).await.unwrap_err().to_string();

    let place = |entry| desk.sql(&format!("entry {entry} of @/odd.root"));
    assert!(of_rows.contains(&place(13)), "{of_rows}");
    assert!(of_file.to_string().contains(&place(13)), "{of_file}");
    assert!(of_kept.contains("(row 3 of `rows`)"), "{of_kept}");
    assert!(of_bookings.contains(&place(17)), "{of_bookings}");
}
