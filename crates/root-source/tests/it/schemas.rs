//! Many files of different shape, and text that is none.

use arrow::datatypes::DataType;
use datafusion::catalog::TableProvider;
use hepframe_root_source::{ScanOptions, not_utf8_column};
use hepframe_root_write::{Column, TreeOptions};

use crate::fixture::{cache, numbers, open, run, session, write_tree};

#[tokio::test]
async fn files_of_different_shape_are_one_table() {
    let dir = tempfile::tempdir().unwrap();
    let old = [
        ("a", Column::flat(vec![1_i16, 2])),
        ("v", Column::vector(&[0, 1, 3], vec![1.5_f32, 2.5, 3.5])),
    ];
    let new = [
        ("v", Column::vector(&[0, 2], vec![0.1_f64, 0.2])),
        ("b", Column::flat(vec![7_i32])),
        ("a", Column::flat(vec![100_000_i32])),
    ];
    write_tree(&dir.path().join("1.root"), "t", TreeOptions::new(), &old);
    write_tree(&dir.path().join("2.root"), "t", TreeOptions::new(), &new);
    let context = session(1);
    let table = open(
        &context,
        &[dir.path().to_str().unwrap()],
        ScanOptions::default(),
    )
    .await
    .unwrap();

    let (batches, _) = run(&context, "SELECT a, v, b FROM t").await.unwrap();

    let schema = table.schema();
    assert_eq!(schema.field(0).data_type(), &DataType::Int32);
    assert_eq!(
        (schema.field(0).is_nullable(), schema.field(2).is_nullable()),
        (false, true)
    );
    let text = arrow::util::pretty::pretty_format_batches(&batches)
        .unwrap()
        .to_string();
    let expected = "\
+--------+------------+---+
| a      | v          | b |
+--------+------------+---+
| 1      | [1.5]      |   |
| 2      | [2.5, 3.5] |   |
| 100000 | [0.1, 0.2] | 7 |
+--------+------------+---+";
    assert_eq!(text, expected);
    assert_eq!(numbers(&context, "SELECT count(b) FROM t").await, [1.0]);
    assert_eq!(
        numbers(&context, "SELECT a FROM t WHERE b IS NULL ORDER BY a").await,
        [1.0, 2.0]
    );
    assert_eq!(
        numbers(&context, "SELECT a FROM t WHERE a > 50000").await,
        [100_000.0]
    );
}

#[tokio::test]
async fn types_that_do_not_fit_are_an_error_naming_both_files() {
    let dir = tempfile::tempdir().unwrap();
    write_tree(
        &dir.path().join("1.root"),
        "t",
        TreeOptions::new(),
        &[("a", Column::flat(vec![1_i32]))],
    );
    write_tree(
        &dir.path().join("2.root"),
        "t",
        TreeOptions::new(),
        &[("a", Column::text(&["x"]))],
    );

    let error = open(
        &session(1),
        &[dir.path().to_str().unwrap()],
        ScanOptions::default(),
    )
    .await
    .unwrap_err()
    .to_string();

    assert!(
        error.contains("column `a` is Int32 in file") && error.contains("2.root"),
        "{error}"
    );
}

#[tokio::test]
async fn text_that_is_not_utf8_is_found_and_then_read_as_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("1.root");
    let columns = [("s", Column::std_string(&[&b"good"[..], b"\xff\xfe"]))];
    write_tree(&path, "t", TreeOptions::new(), &columns);
    let context = session(1);
    let uri = path.to_str().unwrap();
    let table = open(&context, &[uri], ScanOptions::default())
        .await
        .unwrap();
    assert_eq!(table.schema().field(0).data_type(), &DataType::Utf8);

    let error = run(&context, "SELECT s FROM t").await.unwrap_err();
    assert_eq!(not_utf8_column(&error), Some("s".to_owned()));
    assert!(table.read_as_binary("s") && !table.read_as_binary("s"));
    let (batches, _) = run(&context, "SELECT s FROM t").await.unwrap();

    assert_eq!(batches[0].schema().field(0).data_type(), &DataType::Binary);
    assert_eq!(batches[0].num_rows(), 2);
}

#[tokio::test]
async fn what_one_table_learned_about_text_the_next_one_knows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("1.root");
    write_tree(
        &path,
        "t",
        TreeOptions::new(),
        &[("s", Column::text(&[b"\xff"]))],
    );
    let context = session(1);
    let uris = [hepframe_root_source::RootUri::parse(path.to_str().unwrap())];
    let cache = cache();
    let open = || async {
        hepframe_root_source::RootTable::open(
            &context.state(),
            &uris,
            ScanOptions::default(),
            cache.clone(),
        )
        .await
        .unwrap()
    };

    open().await.read_as_binary("s");

    assert_eq!(
        open().await.schema().field(0).data_type(),
        &DataType::Binary
    );
}
