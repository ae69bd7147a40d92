//! Every row once, with the right values, however the scan is cut.

use datafusion::physical_plan::collect;
use hepframe_root_source::{ScanOptions, scan_progress};
use hepframe_root_write::Codec;
use rstest::rstest;

use crate::fixture::{
    ENTRIES, numbers, open, run, session, sorted, statistics, tiny_steps, write_events,
};

/// Seven files of a thousand entries each, numbered through.
fn seven_files() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..7 {
        let path = dir.path().join(format!("run{i}.root"));
        write_events(&path, i * ENTRIES as i32, Codec::Zstd(1));
    }
    dir
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_comes_once_from_any_number_of_partitions(
    #[values(1, 2, 3, 8, 33)] partitions: usize,
    #[values(true, false)] tiny: bool,
) {
    let dir = seven_files();
    let context = session(partitions);
    let options = if tiny {
        tiny_steps()
    } else {
        ScanOptions::default()
    };
    open(&context, &[dir.path().to_str().unwrap()], options)
        .await
        .unwrap();

    let ids = sorted(&context, "SELECT id FROM t").await;

    let expected: Vec<f64> = (0..7 * ENTRIES).map(|id| id as f64).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn one_partition_keeps_the_order_of_entries_and_files() {
    let dir = seven_files();
    let context = session(1);
    let uri = format!("{}/run*.root:Events", dir.path().to_str().unwrap());
    open(&context, &[&uri], tiny_steps()).await.unwrap();

    let ids = numbers(&context, "SELECT id FROM t").await;

    assert!(ids.is_sorted() && ids.len() == 7 * ENTRIES);
}

#[rstest]
#[case::all("true")]
#[case::none("id < 0")]
#[case::one("id = 777")]
#[case::a_stretch("id BETWEEN 95 AND 131")]
#[case::scattered("id % 97 = 3")]
#[case::most("id % 97 <> 3")]
#[case::of_a_list("cardinality(pt) = 2")]
#[case::of_text("name = 'e5' OR name LIKE 'e99%'")]
#[case::of_two_columns("id % 2 = 0 AND x > 200")]
#[case::never_null("x IS NULL")]
#[tokio::test]
async fn a_filter_in_the_scan_gives_what_filtering_afterwards_gives(#[case] filter: &str) {
    let dir = tempfile::tempdir().unwrap();
    write_events(&dir.path().join("a.root"), 0, Codec::Zstd(1));
    let context = session(3);
    open(&context, &[dir.path().to_str().unwrap()], tiny_steps())
        .await
        .unwrap();
    let everything = context
        .sql("SELECT * FROM t")
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let schema = everything[0].schema();
    let copy = datafusion::datasource::MemTable::try_new(schema, vec![everything]).unwrap();
    context
        .register_table("copy", std::sync::Arc::new(copy))
        .unwrap();

    for columns in [
        "*",
        "pt, name",
        "id",
        "n, x, id",
        "count(*)",
        "sum(x) AS s, count(pt) AS c",
    ] {
        let sql = |table: &str| {
            let order = if columns.contains('(') {
                ""
            } else {
                " ORDER BY id"
            };
            format!("SELECT {columns} FROM {table} WHERE {filter}{order}")
        };
        let (from_scan, _) = run(&context, &sql("t")).await.unwrap();
        let (afterwards, _) = run(&context, &sql("copy")).await.unwrap();
        let text = |batches: &[_]| {
            arrow::util::pretty::pretty_format_batches(batches)
                .unwrap()
                .to_string()
        };
        let rows: usize = from_scan
            .iter()
            .map(arrow::array::RecordBatch::num_rows)
            .sum();
        let expected: usize = afterwards
            .iter()
            .map(arrow::array::RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, expected, "{columns}");
        if rows > 0 {
            assert_eq!(text(&from_scan), text(&afterwards), "{columns}");
        }
    }
}

#[tokio::test]
async fn lists_are_compact_and_batches_as_large_as_the_session_says() {
    use arrow::array::AsArray;
    let dir = tempfile::tempdir().unwrap();
    write_events(&dir.path().join("a.root"), 0, Codec::None);
    let context = session(1);
    open(
        &context,
        &[dir.path().to_str().unwrap()],
        ScanOptions::default(),
    )
    .await
    .unwrap();

    let (batches, _) = run(&context, "SELECT pt FROM t").await.unwrap();

    for batch in &batches {
        let list = batch.column(0).as_list::<i32>();
        let own = usize::try_from(*list.value_offsets().last().unwrap()).unwrap();
        assert_eq!((list.value_offsets()[0], list.values().len()), (0, own));
        assert!(batch.num_rows() <= 128);
    }
}

#[tokio::test]
async fn topk_and_joins_filter_the_scan_while_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    write_events(&dir.path().join("a.root"), 0, Codec::None);
    let context = session(2);
    open(&context, &[dir.path().to_str().unwrap()], tiny_steps())
        .await
        .unwrap();

    let top = numbers(&context, "SELECT id FROM t ORDER BY x DESC LIMIT 5").await;
    let joined = sorted(
        &context,
        "SELECT t.id FROM t JOIN (VALUES (7), (500), (5000)) AS v(k) ON t.id = v.k",
    )
    .await;

    assert_eq!(top, [999.0, 998.0, 997.0, 996.0, 995.0]);
    assert_eq!(joined, [7.0, 500.0]);
}

#[tokio::test]
async fn a_plan_can_run_twice_and_tells_how_far_it_is() {
    let dir = tempfile::tempdir().unwrap();
    write_events(&dir.path().join("a.root"), 0, Codec::None);
    let context = session(2);
    open(&context, &[dir.path().to_str().unwrap()], tiny_steps())
        .await
        .unwrap();
    let frame = context
        .sql("SELECT sum(x) FROM t WHERE n = 1")
        .await
        .unwrap();
    let plan = frame.create_physical_plan().await.unwrap();

    assert_eq!(scan_progress(plan.as_ref()), (0, ENTRIES as u64));
    collect(std::sync::Arc::clone(&plan), context.task_ctx())
        .await
        .unwrap();

    assert_eq!(
        scan_progress(plan.as_ref()),
        (ENTRIES as u64, ENTRIES as u64)
    );
}

#[tokio::test]
async fn volatile_filters_stay_above_the_scan() {
    let dir = tempfile::tempdir().unwrap();
    write_events(&dir.path().join("a.root"), 0, Codec::None);
    let context = session(2);
    open(&context, &[dir.path().to_str().unwrap()], tiny_steps())
        .await
        .unwrap();

    let plan = crate::fixture::explain(&context, "SELECT id FROM t WHERE random() < 0.5").await;

    assert!(
        plan.contains("FilterExec") && !plan.contains("predicate="),
        "{plan}"
    );
}

#[tokio::test]
async fn statistics_tell_files_clusters_and_bytes() {
    let dir = seven_files();
    let context = session(3);
    open(&context, &[dir.path().to_str().unwrap()], tiny_steps())
        .await
        .unwrap();

    let statistics = statistics(&context, "SELECT sum(id) FROM t").await;

    assert_eq!((statistics.files, statistics.clusters), (7, 70));
    assert_eq!(statistics.baskets, 7 * 40);
    assert_eq!(statistics.bytes_decompressed, 7 * 4 * ENTRIES as u64);
    assert!(statistics.bytes_read > 0);
}
