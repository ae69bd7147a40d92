//! Files that change while views, named tables and frames stand on them.

use hepframe_root_write::{Column, FileWriter, TreeOptions};

use crate::files::{Desk, write_events};

const COUNTS: &str = "SELECT count(*) AS n, sum(id) AS s FROM";

/// A tree with this column alone in place of the file.
fn write_column(desk: &Desk, name: &str, column: Column) {
    let mut file = FileWriter::create(desk.path("events.root")).unwrap();
    file.tree("Events", TreeOptions::new(), &[(name, column)])
        .unwrap();
    file.finish().unwrap();
}

#[rstest::rstest]
#[case::view("CREATE VIEW t AS SELECT id FROM '@/events.root'")]
#[case::view_of_a_view(
    "CREATE VIEW below AS SELECT * FROM '@/events.root';
     CREATE VIEW t AS SELECT id FROM below WHERE id >= 0"
)]
#[case::external_table("CREATE EXTERNAL TABLE t STORED AS ROOT LOCATION '@/events.root'")]
#[tokio::test]
async fn what_stands_on_a_file_that_changed_reads_it_again(#[case] create: &str) {
    let desk = Desk::new();
    desk.rows(create).await;
    assert_eq!(desk.table(&format!("{COUNTS} t")).await, ["n s", "10 45"]);

    write_events(&desk.path("events.root"), 0..5);

    assert_eq!(desk.table(&format!("{COUNTS} t")).await, ["n s", "5 10"]);
    assert_eq!(desk.table("SELECT count(*) AS n FROM t").await, ["n", "5"]);
}

#[tokio::test]
async fn a_named_table_has_the_files_that_there_are() {
    let desk = Desk::new();
    desk.register("t", "*.root").await;
    assert_eq!(desk.table(&format!("{COUNTS} t")).await, ["n s", "10 45"]);

    write_events(&desk.path("more.root"), 10..12);

    assert_eq!(desk.table(&format!("{COUNTS} t")).await, ["n s", "12 66"]);
}

#[tokio::test]
async fn a_view_that_no_longer_fits_its_file_says_which_column_is_gone() {
    let desk = Desk::new();
    desk.rows("CREATE VIEW v AS SELECT id FROM '@/events.root'")
        .await;

    write_column(&desk, "other", Column::flat(vec![1_i32]));

    let error = desk.error("SELECT * FROM v").await;
    assert!(error.contains("`id`"), "{error}");
    std::fs::remove_file(desk.path("events.root")).unwrap();
    let error = desk.error("SELECT count(*) FROM v").await;
    assert!(error.contains("events.root"), "{error}");
    desk.rows("DROP VIEW v").await;
}

#[tokio::test]
async fn a_frame_goes_on_with_a_file_that_changed() {
    let desk = Desk::new();
    let frame = desk.session.read(&desk.sql("@/events.root:Events")).await;
    let frame = frame.unwrap().filter("id > 1", "").unwrap();
    let count = async || {
        let answers = desk.session.run(&[frame.count()]).await;
        answers.map(|answers| *answers[0].count().unwrap())
    };
    assert_eq!(count().await.unwrap(), 8);

    write_events(&desk.path("events.root"), 0..5);
    assert_eq!(count().await.unwrap(), 3);
    assert_eq!(frame.collect().await.unwrap()[0].num_rows(), 3);

    write_column(&desk, "id", Column::flat(vec![1.0_f64]));
    let error = count().await.unwrap_err().to_string();
    assert!(error.contains("read it again"), "{error}");
}
