//! Many histograms of one SELECT: one aggregate, the same answers.

use arrow::array::RecordBatch;
use rstest::rstest;

use crate::files::Desk;

/// Different calls, as many as `count`.
fn calls(count: usize) -> Vec<String> {
    let kinds = |i: usize| {
        let hi = 11 + i;
        [
            format!("h1(id, 5, 0, {hi})"),
            format!("h1(Muon_pt, [0, 10.5, {hi}], id / 3.0)"),
            format!("h2(id, id % 2, 3, -1, {hi}, [0, 1, 2]) FILTER (WHERE id > {i} % 4)"),
            format!("profile(id, 2 * id, 4, 0, {hi}) FILTER (WHERE nMuon < 2)"),
            format!("h1(Muon_pt, 2, 0, {hi}) FILTER (WHERE Muon_pt > 10 + {i})"),
            format!("H1(CASE WHEN id < {i} THEN 'low' ELSE 'high' END, ['low', 'mid'])"),
            format!("h1(id, ['3', '{hi}'])"),
        ]
    };
    let all = (0..count).flat_map(kinds);
    all.take(count).collect()
}

async fn select(desk: &Desk, list: &[String]) -> RecordBatch {
    let rows = desk
        .rows(&format!("SELECT {} FROM '@/events.root'", list.join(", ")))
        .await;
    rows.into_iter().find(|rows| rows.num_rows() == 1).unwrap()
}

#[tokio::test]
async fn many_histograms_are_what_each_is_alone() {
    let desk = Desk::new();
    let mut list = calls(40);
    list[3] = "count(*) AS n".to_owned();
    list[5] = "uhi(h1(id, 1, 0, 5)) AS json".to_owned();
    list[7] = "sum(id) / 2 AS half".to_owned();

    let together = select(&desk, &list).await;

    for (place, one) in list.iter().enumerate() {
        let alone = select(&desk, std::slice::from_ref(one)).await;
        assert_eq!(together.column(place), alone.column(0), "{one}");
        assert_eq!(together.schema().field(place), alone.schema().field(0));
    }
}

#[tokio::test]
async fn many_histograms_are_one_aggregate() {
    let desk = Desk::new();
    let list = calls(40).join(", ");

    let plan = desk
        .table(&format!("EXPLAIN SELECT {list} FROM '@/events.root'"))
        .await
        .join("\n");

    assert!(plan.contains("hep_book("), "{plan}");
    assert!(!plan.contains("hep_fill("), "{plan}");
}

#[rstest]
#[case::sub_query(
    "SELECT h.a FROM (SELECT h1(id, 5, 0, 10) AS a, {} FROM '@/events.root' WHERE id > 2) AS h"
)]
#[case::common_table(
    "WITH h AS (SELECT h1(id, 5, 0, 10) AS a, {} FROM '@/events.root' WHERE id > 2) SELECT a FROM h LIMIT 1"
)]
#[case::union(
    "SELECT h1(id, 5, 0, 10) AS a, {} FROM '@/events.root' WHERE id > 2 UNION ALL SELECT h1(id, 5, 0, 10), {} FROM '@/events.root' WHERE id > 2"
)]
#[case::having(
    "SELECT h1(id, 5, 0, 10) AS a, {} FROM '@/events.root' WHERE id > 2 HAVING count(*) > 1"
)]
#[case::order(
    "SELECT h1(id, 5, 0, 10) AS a, {} FROM '@/events.root' WHERE id > 2 ORDER BY count(*)"
)]
#[case::groups(
    "SELECT h1(id, 5, 0, 10) AS a, {} FROM '@/events.root' WHERE id > 2 GROUP BY id > 1"
)]
#[tokio::test]
async fn histograms_among_many_are_right_wherever_they_stand(#[case] sql: &str) {
    let desk = Desk::new();

    let rows = desk.rows(&sql.replace("{}", &calls(20).join(", "))).await;

    let alone = "SELECT h1(id, 5, 0, 10) AS a FROM '@/events.root' WHERE id > 2";
    let alone = desk.rows(alone).await;
    let first = rows.iter().find(|rows| rows.num_rows() > 0).unwrap();
    assert_eq!(&first.column(0).slice(0, 1), alone[0].column(0));
    assert_eq!(first.schema().field(0).name(), "a");
}

#[rstest]
#[case::axis("h1(id, 10, 5, 5)", "lo must be below hi, got lo = 5, hi = 5")]
#[case::too_few(
    "h1(id, 5, 0)",
    "h1 got 3 arguments; call h1(x, bins, lo, hi [, weight])"
)]
#[case::weights("h1(id, 5, 0, 1, 'w')", "argument 5 of h1 must be numbers")]
#[case::column_axis("h1(id, 5, 0, id)", "argument 4 of h1 must be a constant")]
#[case::filter(
    "h1(id, 2, 0, 5) FILTER (WHERE id)",
    "the filter of h1 must be a truth"
)]
#[case::distinct("h1(DISTINCT id, 2, 0, 5)", "leave DISTINCT out")]
#[case::unknown("h1(idd, 2, 0, 5)", "`id`")]
#[tokio::test]
async fn mistakes_among_many_are_explained(#[case] call: &str, #[case] why: &str) {
    let desk = Desk::new();
    let mut list = calls(20);
    list[9] = call.to_owned();

    let message = desk
        .error(&format!("SELECT {} FROM '@/events.root'", list.join(", ")))
        .await;

    assert!(message.contains(why), "{message}");
}

#[tokio::test]
async fn random_numbers_among_many_are_drawn_for_each() {
    let desk = Desk::new();
    let list: Vec<_> = (0..20)
        .map(|i| format!("h1(random(), 1000, 0, 1) AS h{i}"))
        .collect();

    let rows = select(&desk, &list).await;

    assert_ne!(rows.column(0), rows.column(1));
}
