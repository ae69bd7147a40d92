//! Errors that say what to do.

use rstest::rstest;

use crate::files::Desk;

#[rstest]
#[case::a_column_in_another_case("SELECT muon_pt FROM '@/events.root'", "did you mean `Muon_pt`")]
#[case::a_column_of_an_alias("SELECT e.ids FROM '@/events.root' e", "did you mean `id`")]
#[case::a_dotted_column("SELECT evt.M FROM '@/events.root'", "did you mean `evt.N`")]
#[case::a_table(
    "SELECT 1 FROM nowhere",
    "there is no table `nowhere`; name a file in quotes"
)]
#[case::a_function("SELECT srqt(id) FROM '@/events.root'", "did you mean `sqrt`")]
#[case::a_tree(
    "SELECT 1 FROM '@/events.root:Event'",
    "no tree named `Event`; the file holds `Events`"
)]
#[case::a_root_file("SELECT 1 FROM '@/event.root:Events'", "events.root")]
#[case::a_parquet_file("SELECT 1 FROM '@/x.parquet'", "x.parquet: no such file or directory")]
#[case::a_glob("SELECT 1 FROM '@/none*.root'", "no file matches")]
#[case::an_ungrouped_column(
    "SELECT id, count(*) FROM '@/events.root'",
    "column `id` has many values per group"
)]
#[case::an_ambiguous_column(
    "SELECT id FROM '@/events.root' a JOIN '@/events.root' b ON a.id = b.id",
    "write `a.id` or `b.id`"
)]
#[case::a_list_in_a_comparison("SELECT 1 FROM '@/events.root' WHERE Muon_pt > 1", "any(..)")]
#[case::a_function_of_another_language(
    "SELECT histogram(id) FROM '@/events.root'",
    "did you mean `h1`"
)]
#[case::a_function_in_another_case(
    "SELECT DeltaR(id) FROM '@/events.root'",
    "did you mean `delta_r`?"
)]
#[case::a_median_of_a_list(
    "SELECT median(Muon_pt) FROM '@/events.root'",
    "median() is over events and takes one number of each, not a list"
)]
#[case::a_percentile_of_a_list(
    "SELECT approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY Muon_pt) FROM '@/events.root'",
    "takes one number of each, not a list"
)]
#[case::a_number_and_a_mask(
    "SELECT count(Muon_pt > 30 AND id) FROM '@/events.root'",
    "AND takes a condition at both sides, and here is"
)]
#[case::a_number_in_or(
    "SELECT id > 1 OR id FROM '@/events.root'",
    "OR takes a condition at both sides, and here is"
)]
#[case::not_a_number("SELECT NOT id FROM '@/events.root'", "such as NOT id > 0")]
#[case::the_smaller_of_two("SELECT min(id, 30) FROM '@/events.root'", "write least(a, b)")]
#[case::too_many_arguments("SELECT sqrt(id, 1) FROM '@/events.root'", "it takes 1 number")]
#[case::a_column_twice(
    "SELECT id, id FROM '@/events.root'",
    "two columns of the answer are called `id`"
)]
#[case::a_name_twice(
    "SELECT id + 1 AS n, id + 2 AS n FROM '@/events.root'",
    "two columns of the answer are called `n`"
)]
#[case::a_name_twice_with_its_column(
    "SELECT id, id + 1 AS id FROM '@/events.root'",
    "two columns of the answer are called `id`"
)]
#[case::a_number_as_a_condition("SELECT 1 FROM '@/events.root' WHERE id", "such as id > 0")]
#[case::a_function_as_a_value("SELECT x -> x + 1", "no value by itself")]
#[case::or_as_in_cpp("SELECT id > 2 || id < 1 FROM '@/events.root'", "write OR")]
#[case::or_of_lists("SELECT Muon_pt > 2 || id < 1 FROM '@/events.root'", "write OR")]
#[case::or_in_brackets("SELECT (id > 2) || (id < 1) FROM '@/events.root'", "write OR")]
#[case::power_of_a_text("SELECT 'a' ^ 2", "`^` is power and takes numbers, not Utf8")]
#[case::two_words("SELECT 1 FROM '@/events.root' WHERE", "SQL syntax")]
#[tokio::test]
async fn a_mistake_is_told_with_the_way_out(#[case] sql: &str, #[case] said: &str) {
    let desk = Desk::new();

    let error = desk.error(sql).await;

    assert!(error.contains(said), "{error}");
    for internal in [
        "Error during planning",
        "Execution error",
        "External error",
        "backtrace",
        "hep_",
        "bug report",
        "Candidate functions",
    ] {
        assert!(!error.contains(internal), "{error}");
    }
}

#[rstest]
#[case::a_number_as_a_filter("id", "`id` is Int32; compare it with something, such as id > 0")]
#[case::a_number_in_and("id > 1 AND id", "AND takes a condition at both sides")]
#[case::an_argument_too_many(
    "sqrt(id, 2) > 1",
    "sqrt() does not take (Int32, Int64); it takes 1 number"
)]
#[tokio::test]
async fn a_filter_of_a_frame_is_told_as_where_is(#[case] filter: &str, #[case] said: &str) {
    let desk = Desk::new();
    let events = desk.session.read(&desk.sql("@/events.root")).await.unwrap();

    let error = match events.filter(filter, "") {
        Ok(some) => desk.session.run(&[some.count()]).await.err(),
        Err(error) => Some(error),
    };

    let error = error.unwrap().to_string();
    assert!(error.contains(said), "{error}");
}

#[tokio::test]
async fn power_in_a_frame_is_that_of_sql() {
    let desk = Desk::new();
    let events = desk.session.read(&desk.sql("@/events.root")).await.unwrap();

    let some = events.filter("2 * id ^ 2 <= 8", "").unwrap();
    let answers = desk.session.run(&[some.count()]).await.unwrap();

    // 0, 1 and 2
    assert_eq!(*answers[0].count().unwrap(), 3);
}

#[tokio::test]
async fn a_wrong_table_names_the_tables_there_are() {
    let desk = Desk::new();

    let error = desk
        .error("CREATE VIEW muons AS SELECT 1 AS x; SELECT x FROM jets")
        .await;

    assert!(error.contains("there is `muons`"), "{error}");
}

#[tokio::test]
async fn a_syntax_error_in_the_last_statement_stops_the_first() {
    let desk = Desk::new();

    desk.error("CREATE VIEW v AS SELECT 1; SELEC 2").await;

    assert!(desk.session.tables().await.is_empty());
}

#[tokio::test]
async fn a_file_that_is_no_root_file_is_told() {
    let desk = Desk::new();
    std::fs::write(desk.path("bad.root"), "hello").unwrap();

    let error = desk.error("SELECT 1 FROM '@/bad.root'").await;

    assert!(
        error.contains("bad.root") && error.contains("not a ROOT file"),
        "{error}"
    );
}
