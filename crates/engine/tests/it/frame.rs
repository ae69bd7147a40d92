//! Frames: steps, bookings in one scan, the ADL benchmark as programs.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array};
use arrow::datatypes::{DataType, Field, Float32Type, Schema};
use arrow::record_batch::RecordBatch;
use hepframe_engine::frame::{
    Booking, Column, Cut, Frame, JoinKind, axis, call, col, edges, field, lit, mask,
};
use hepframe_engine::histogram::Histogram;
use hepframe_engine::{EngineError, Session};
use rstest::rstest;

use crate::files::Desk;

async fn events() -> (Desk, Frame) {
    let desk = Desk::new();
    let location = desk.sql("@/events.root:Events");
    let frame = desk.session.read(&location).await.unwrap();
    (desk, frame)
}

/// The only number of a statement's answer.
async fn number(desk: &Desk, sql: &str) -> u64 {
    desk.table(sql).await[1].parse().unwrap()
}

/// The only histogram of a statement's answer.
async fn histogram(desk: &Desk, sql: &str) -> Histogram {
    let rows = desk.rows(sql).await;
    let column = rows[0].column(0).as_struct();
    Histogram::from_struct(column, 0).unwrap().unwrap()
}

async fn counts(session: &Session, bookings: &[Booking]) -> Vec<u64> {
    let answers = session.run(bookings).await.unwrap();
    answers
        .iter()
        .map(|answer| *answer.count().unwrap())
        .collect()
}

#[tokio::test]
async fn branches_of_an_analysis_are_counted_in_one_scan() {
    let (desk, events) = events().await;
    let some = events.filter("nMuon >= 1", "a muon").unwrap();
    let two = some.filter("nMuon >= 2", "two muons").unwrap();
    let soft = some.filter("max(Muon_pt) < 50", "").unwrap();

    let found = counts(
        &desk.session,
        &[events.count(), some.count(), two.count(), soft.count()],
    )
    .await;

    let mut wanted = Vec::new();
    for cut in [
        "true",
        "nMuon >= 1",
        "nMuon >= 2",
        "nMuon >= 1 AND max(Muon_pt) < 50",
    ] {
        wanted.push(
            number(
                &desk,
                &format!("SELECT count(*) FROM '@/events.root' WHERE {cut}"),
            )
            .await,
        );
    }
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn a_report_tells_the_named_filters() {
    let (desk, events) = events().await;
    let two = events
        .filter("nMuon >= 1", "a muon")
        .unwrap()
        .filter("id >= 0", "")
        .unwrap()
        .filter("nMuon >= 2", "two muons")
        .unwrap();

    let answers = desk
        .session
        .run(&[two.report(), two.count()])
        .await
        .unwrap();

    let all = number(&desk, "SELECT count(*) FROM '@/events.root'").await;
    let one = number(
        &desk,
        "SELECT count(*) FROM '@/events.root' WHERE nMuon >= 1",
    )
    .await;
    let both = number(
        &desk,
        "SELECT count(*) FROM '@/events.root' WHERE nMuon >= 2",
    )
    .await;
    let cut = |name: &str, seen, passed| Cut {
        name: name.to_owned(),
        seen,
        passed,
    };
    assert_eq!(
        answers[0].report().unwrap().cuts,
        [cut("a muon", all, one), cut("two muons", one, both)]
    );
    assert_eq!(*answers[1].count().unwrap(), both);
}

#[rstest]
#[case::text("Muon_pt[abs(Muon_pt - 50) < 20]".into())]
#[case::field("Muon.pt[abs(Muon.pt - 50) < 20]".into())]
#[case::built({
    let pt = || field(col("Muon"), "pt").unwrap();
    let near = call("abs", vec![pt() - lit(50)]).unwrap().lt(lit(20));
    mask(pt(), near).unwrap().into()
})]
#[tokio::test]
async fn text_and_code_mean_the_same(#[case] column: Column) {
    let (desk, events) = events().await;
    let booking = events.h1(column, axis(20, 0.0, 100.0)).unwrap();

    let answers = desk.session.run(&[booking]).await.unwrap();

    let sql = "SELECT h1(Muon_pt[abs(Muon_pt - 50) < 20], 20, 0, 100) FROM '@/events.root'";
    let found = answers[0].histogram().unwrap();
    assert_eq!(found, &histogram(&desk, sql).await);
    assert!(found.entries > 0);
}

#[tokio::test]
async fn defines_follow_their_branch() {
    let (desk, events) = events().await;
    let one = events.define("x", "nMuon * 1.0").unwrap();
    let two = events.define("x", "nMuon * 2.0").unwrap();
    let again = two.redefine("x", "x + 1").unwrap();

    let answers = desk
        .session
        .run(&[
            one.sum("x").unwrap(),
            two.sum("x").unwrap(),
            again.sum("x").unwrap(),
            again.count(),
        ])
        .await
        .unwrap();

    let number = |place: usize| answers[place].number().unwrap().unwrap();
    let events = *answers[3].count().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "a few events")]
    let events = events as f64;
    assert!(number(0) > 0.0);
    // Small whole numbers: sums of them are exact.
    let same = |left: f64, right: f64| left.to_bits() == right.to_bits();
    assert!(same(number(1), 2.0 * number(0)));
    assert!(same(number(2), number(1) + events));
}

#[tokio::test]
async fn a_weighted_histogram_behind_a_filter_is_that_of_sql() {
    let (desk, events) = events().await;
    let booking = events
        .filter("nMuon >= 2", "")
        .unwrap()
        .define("w", "1.0 / (1 + nMuon)")
        .unwrap()
        .h1("Muon_pt", edges(&[0.0, 10.0, 20.0, 50.0]))
        .and_then(|booking| booking.weighted("w"))
        .unwrap();
    // A sibling without the filter: both are filled in one scan.
    let all = events.h1("Muon_pt", axis(3, 0.0, 60.0)).unwrap();

    let answers = desk.session.run(&[booking, all]).await.unwrap();

    let sql = "SELECT h1(Muon_pt, [0.0, 10.0, 20.0, 50.0], 1.0 / (1 + nMuon)) \
               FROM '@/events.root' WHERE nMuon >= 2";
    assert_eq!(
        answers[0].histogram().unwrap(),
        &histogram(&desk, sql).await
    );
}

#[tokio::test]
async fn frames_select_sort_join_and_aggregate() {
    let (desk, events) = events().await;
    let small = events.select(&["id", "nMuon"]).unwrap().limit(7).unwrap();
    let counted = events
        .aggregate(&["nMuon"], &[("n", "count(*)"), ("m", "max(id)")])
        .unwrap();

    let joined = small.join(&counted, &["nMuon"], JoinKind::Inner).unwrap();
    let rows = joined.sort("id", true).unwrap().collect().await.unwrap();

    let names: Vec<_> = joined
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    assert_eq!(names, ["id", "nMuon", "n", "m"]);
    assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 7);
    let cached = small.cache().await.unwrap();
    assert_eq!(counts(&desk.session, &[cached.count()]).await, [7]);
}

#[tokio::test]
async fn values_are_taken_and_written() {
    let (desk, events) = events().await;
    let two = events.filter("nMuon = 2", "").unwrap();

    let answers = desk
        .session
        .run(&[two.take("Muon[0].pt").unwrap(), two.count()])
        .await
        .unwrap();
    let path = desk.path("two.parquet");
    let written = two.write_parquet(&path).await.unwrap();

    let values = answers[0].values().unwrap();
    assert_eq!(values.len() as u64, *answers[1].count().unwrap());
    assert!(
        values
            .as_primitive::<Float32Type>()
            .values()
            .iter()
            .all(|pt| *pt > 0.0)
    );
    assert_eq!(written, *answers[1].count().unwrap());
    assert_eq!(
        number(&desk, "SELECT count(*) FROM '@/two.parquet'").await,
        written
    );
}

#[tokio::test]
async fn mistakes_are_told() {
    let (_desk, events) = events().await;

    let unknown = events.filter("nMuom > 1", "").unwrap_err();
    let taken = events.define("nMuon", "1").unwrap_err();
    let list = events.filter("Muon_pt > 20", "").unwrap_err();
    let bad_axis = events.h1("nMuon", axis(10, 5.0, 5.0)).unwrap_err();
    let two = events.define("x", "nMuon, 1").unwrap_err();

    assert!(
        matches!(&unknown, EngineError::UnknownColumn { nearest, .. } if nearest[0] == "nMuon"),
        "{unknown}"
    );
    assert!(taken.to_string().contains("redefine()"), "{taken}");
    assert!(list.to_string().contains("any(..)"), "{list}");
    assert!(bad_axis.to_string().contains("lo = 5"), "{bad_axis}");
    assert!(two.to_string().contains("not one expression"), "{two}");
}

#[tokio::test]
async fn a_report_of_no_named_filter_is_empty() {
    let desk = Desk::new();
    let frame = rows_of(&desk, 3).filter("n > 1", "").unwrap();

    let answers = desk.session.run(&[frame.report()]).await.unwrap();

    assert!(answers[0].report().unwrap().cuts.is_empty());
}

#[tokio::test]
async fn a_union_has_the_wider_type_of_numbers_and_refuses_other_mixtures() {
    let desk = Desk::new();
    let whole = rows_of(&desk, 2);
    let broken = whole.redefine("n", "n + 0.5").unwrap();
    let text = whole.redefine("n", "'x'").unwrap();

    let both = whole.union(&[broken]).unwrap();
    let error = whole.union(&[text]).unwrap_err().to_string();

    assert_eq!(both.schema().field(0).data_type(), &DataType::Float64);
    let rows = both.collect().await.unwrap();
    assert!(
        rows.iter()
            .all(|batch| batch.schema().field(0).data_type() == &DataType::Float64)
    );
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 4);
    assert!(
        error.starts_with("column `n` is Int64 in one frame and"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_no_aggregate_and_a_join_on_nothing_are_refused() {
    let desk = Desk::new();
    let frame = rows_of(&desk, 2);

    let plain = frame.aggregate(&[], &[("x", "n")]).unwrap_err().to_string();
    let nothing = frame
        .join(&frame, &[], JoinKind::Inner)
        .unwrap_err()
        .to_string();

    assert!(
        plain.contains("or make one of them, like max(n)"),
        "{plain}"
    );
    assert!(nothing.contains("needs the names of columns"), "{nothing}");
}

/// Rows with a whole number `n`, from 1.
fn rows_of(desk: &Desk, count: i64) -> Frame {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let numbers = Int64Array::from_iter_values(1..=count);
    let rows = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers)]).unwrap();
    desk.session.frame_of_rows(schema, vec![rows]).unwrap()
}

#[tokio::test]
async fn the_largest_of_whole_numbers_keeps_all_its_digits() {
    let session = Session::local().unwrap();
    let large = (1_i64 << 53) + 1;
    let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::Int64, false)]));
    let column = Arc::new(Int64Array::from(vec![3, large, 5])) as _;
    let rows = RecordBatch::try_new(Arc::clone(&schema), vec![column]).unwrap();
    let frame = session.frame_of_rows(schema, vec![rows]).unwrap();

    let bookings = [frame.max("x").unwrap(), frame.min("x").unwrap()];
    let answers = session.run(&bookings).await.unwrap();

    assert_eq!(*answers[0].integer().unwrap(), Some(i128::from(large)));
    assert_eq!(answers[1].number().unwrap(), Some(3.0));
}
