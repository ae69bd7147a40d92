//! Joins, and cuts that others push down to them.

use hepframe_root_write::{Column, FileWriter, TreeOptions};

use crate::files::Desk;

/// A desk with `t`: 300 entries, clusters of 30, keys that repeat.
async fn desk() -> Desk {
    let desk = Desk::new();
    let entries: Vec<i32> = (0..300).collect();
    let columns = [
        ("id", Column::flat(entries.clone())),
        (
            "k",
            Column::flat(entries.iter().map(|i| i % 7).collect::<Vec<_>>()),
        ),
        (
            "m",
            Column::flat(entries.iter().map(|i| i % 5).collect::<Vec<_>>()),
        ),
    ];
    let mut file = FileWriter::create(desk.path("t.root")).unwrap();
    let options = TreeOptions::new()
        .entries_per_cluster(30)
        .entries_per_basket(10);
    file.tree("t", options, &columns).unwrap();
    file.finish().unwrap();
    desk.register("t", "t.root").await;
    desk
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort_unstable();
    rows
}

#[rstest::rstest]
#[case::of_three_tables(
    "SELECT count(*) AS n, sum(a.id) AS a, sum(b.id) AS b, sum(s.id) AS s
     FROM t a JOIN t b ON a.k = b.m JOIN t s ON s.id = b.id WHERE s.k > 4"
)]
#[case::the_first_by_a_column_of_the_second(
    "SELECT a.id AS a, b.id AS b FROM t a JOIN t b ON a.k = b.m JOIN t s ON s.id = b.id
     ORDER BY b.id DESC, a.id LIMIT 5"
)]
#[case::with_a_further_condition(
    "SELECT a.id, b.id AS e FROM t a JOIN t b ON a.id = b.id WHERE a.k + b.m > 4"
)]
#[case::outer_with_a_further_condition(
    "SELECT a.id, b.id AS e FROM t a LEFT JOIN t b ON a.id = b.id AND a.k < b.m"
)]
#[tokio::test]
async fn joins_give_what_they_give_from_rows_in_memory(
    #[case] sql: &str,
    #[values(true, false)] hashed: bool,
) {
    let desk = desk().await;
    desk.rows("CREATE TABLE rows AS SELECT * FROM t").await;
    let plain = sql
        .replace("t a ", "rows a ")
        .replace("t b ", "rows b ")
        .replace("t s ", "rows s ");
    desk.rows(
        "SET datafusion.optimizer.enable_dynamic_filter_pushdown = false;
         SET datafusion.optimizer.prefer_hash_join = true",
    )
    .await;
    let expected = sorted(desk.table(&plain).await);

    desk.rows(&format!(
        "SET datafusion.optimizer.enable_dynamic_filter_pushdown = true;
         SET datafusion.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
         SET datafusion.optimizer.prefer_hash_join = {hashed}"
    ))
    .await;

    assert_eq!(sorted(desk.table(sql).await), expected);
}
