//! Opening: trees, factories, reports, files that are missing or changed.

use std::sync::Arc;

use hepframe_root_source::{RootTableFactory, RootUri, ScanOptions, inspect};
use hepframe_root_write::{Codec, Column, FileWriter, TreeOptions};

use crate::fixture::{cache, numbers, open, run, session, tiny_steps, write_events, write_tree};

#[tokio::test]
async fn a_file_with_several_trees_wants_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("two.root");
    let mut file = FileWriter::create(&path).unwrap();
    file.tree(
        "dir/a",
        TreeOptions::new(),
        &[("x", Column::flat(vec![1_i32]))],
    )
    .unwrap();
    file.tree(
        "b",
        TreeOptions::new(),
        &[("x", Column::flat(vec![2_i32, 3]))],
    )
    .unwrap();
    file.finish().unwrap();
    let context = session(1);
    let path = path.to_str().unwrap();

    let error = open(&context, &[path], ScanOptions::default())
        .await
        .unwrap_err()
        .to_string();
    let missing = open(&context, &[&format!("{path}:c")], ScanOptions::default())
        .await
        .unwrap_err()
        .to_string();
    let table = open(
        &context,
        &[&format!("{path}:dir/a")],
        ScanOptions::default(),
    )
    .await
    .unwrap();

    assert!(
        error.contains("several trees") && error.contains("`dir/a`"),
        "{error}"
    );
    assert!(
        missing.contains("no tree named `c`") && missing.contains("two.root"),
        "{missing}"
    );
    assert_eq!(
        (table.tree_name(), table.entries(), table.files()),
        ("dir/a", 1, 1)
    );
}

#[tokio::test]
async fn trees_named_per_file_make_one_table() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a.root"), dir.path().join("b.root"));
    write_tree(
        &a,
        "one",
        TreeOptions::new(),
        &[("x", Column::flat(vec![1_i32]))],
    );
    write_tree(
        &b,
        "two",
        TreeOptions::new(),
        &[("x", Column::flat(vec![2_i32]))],
    );
    let context = session(1);
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());

    let unnamed = open(&context, &[a, b], ScanOptions::default())
        .await
        .unwrap_err()
        .to_string();
    let named = [format!("{a}:one"), format!("{b}:two")];
    open(&context, &[&named[0], &named[1]], ScanOptions::default())
        .await
        .unwrap();

    assert!(
        unnamed.contains("`one` in `") && unnamed.contains("name one"),
        "{unnamed}"
    );
    assert_eq!(numbers(&context, "SELECT x FROM t").await, [1.0, 2.0]);
}

#[tokio::test]
async fn a_tree_without_entries_is_an_empty_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.root");
    write_tree(
        &path,
        "t",
        TreeOptions::new(),
        &[("x", Column::flat(Vec::<i32>::new()))],
    );
    let context = session(4);
    open(&context, &[path.to_str().unwrap()], ScanOptions::default())
        .await
        .unwrap();

    assert_eq!(numbers(&context, "SELECT count(*) FROM t").await, [0.0]);
    assert!(
        numbers(&context, "SELECT x FROM t WHERE x > 0")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_file_that_changed_after_planning_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.root");
    write_events(&path, 0, Codec::None);
    let context = session(1);
    open(&context, &[path.to_str().unwrap()], ScanOptions::default())
        .await
        .unwrap();

    write_tree(
        &path,
        "Events",
        TreeOptions::new(),
        &[("id", Column::flat(vec![1_i32]))],
    );
    let error = run(&context, "SELECT sum(id) FROM t")
        .await
        .unwrap_err()
        .to_string();

    assert!(
        error.contains("a.root` changed after the query was planned"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_root_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.root");
    std::fs::write(&path, "hello, this is text").unwrap();

    let error = open(
        &session(1),
        &[path.to_str().unwrap()],
        ScanOptions::default(),
    )
    .await
    .unwrap_err()
    .to_string();

    assert!(
        error.contains("a.root") && error.contains("not a ROOT file"),
        "{error}"
    );
}

#[tokio::test]
async fn sql_creates_a_table_stored_as_root() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("odd #% name.root");
    write_events(&path, 0, Codec::Zlib(1));
    let state = datafusion::execution::SessionStateBuilder::new()
        .with_default_features()
        .with_table_factory("ROOT".into(), Arc::new(RootTableFactory::new(cache())))
        .build();
    let context = datafusion::prelude::SessionContext::new_with_state(state);
    let create = |name: &str, options: &str| {
        format!(
            "CREATE EXTERNAL TABLE {name} STORED AS ROOT LOCATION '{}' OPTIONS ({options})",
            path.to_str().unwrap()
        )
    };

    context.sql(&create("e", "'tree' 'Events'")).await.unwrap();
    let sum = numbers(&context, "SELECT sum(id) FROM e").await;
    let error = context
        .sql(&create("f", "'treee' 'Events'"))
        .await
        .unwrap_err()
        .to_string();

    assert_eq!(sum, [499_500.0]);
    assert!(error.contains("option `treee` is not known"), "{error}");
}

#[tokio::test]
async fn a_report_tells_trees_columns_and_sizes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.root");
    write_events(&path, 0, Codec::Lz4);
    let context = session(1);
    let uri = RootUri::parse(path.to_str().unwrap());

    let report = inspect(&context.state(), &uri, &cache().metadata)
        .await
        .unwrap();

    let tree = &report.trees[0];
    assert_eq!(
        (tree.path.as_str(), tree.entries, tree.clusters),
        ("Events", 1000, 10)
    );
    let pt = tree
        .columns
        .iter()
        .find(|column| column.name == "pt")
        .unwrap();
    assert_eq!(
        (pt.arrow_type.as_deref(), pt.baskets),
        (Some("List(Float32)"), 100)
    );
    assert!(pt.codec.starts_with("lz4") && pt.memory_bytes > 0, "{pt:?}");
    assert_eq!(report.bytes, std::fs::metadata(&path).unwrap().len());
}

#[tokio::test]
async fn baskets_that_lean_on_a_counter_are_read_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.root");
    let counts: Vec<i32> = (0..100).map(|i| i % 3).collect();
    let values: Vec<f32> = (0..100)
        .flat_map(|i| vec![i as f32; (i % 3) as usize])
        .collect();
    let options = TreeOptions::new()
        .offsets(hepframe_root_write::Offsets::Generated)
        .entries_per_basket(7)
        .branch_entries_per_basket("v", 13);
    let columns = [
        ("n", Column::flat(counts)),
        ("v", Column::counted("n", values)),
    ];
    write_tree(&path, "t", options, &columns);
    let context = session(2);
    open(&context, &[path.to_str().unwrap()], tiny_steps())
        .await
        .unwrap();

    let all = numbers(&context, "SELECT sum(array_sum(v)) FROM t").await;
    let some = numbers(
        &context,
        "SELECT array_sum(v) FROM t WHERE n = 2 ORDER BY 1 LIMIT 2",
    )
    .await;

    let expected: f64 = (0..100).map(|i| f64::from(i * (i % 3))).sum();
    assert_eq!(all, [expected]);
    assert_eq!(some, [4.0, 10.0]);
}
