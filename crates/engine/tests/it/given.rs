//! What programs bring along: values and tables of one statement, frames as tables of the session.

use std::collections::BTreeMap;

use hepframe_engine::frame::{Frame, FrameOfSql};
use hepframe_engine::{EngineError, Parameter, Progress};
use rstest::rstest;

use crate::files::{Desk, printed};

/// The frame of a statement with these values and tables.
async fn asked(
    desk: &Desk,
    sql: &str,
    parameters: &[(&str, Parameter)],
    tables: &[(&str, Frame)],
) -> Result<FrameOfSql, EngineError> {
    let parameters = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let tables: BTreeMap<String, Frame> = tables
        .iter()
        .map(|(name, frame)| ((*name).to_owned(), frame.clone()))
        .collect();
    let sql = desk.sql(sql);
    desk.session
        .frame(&sql, parameters, &tables, &Progress::default())
        .await
}

/// Its rows as lines of cells, without the header.
async fn lines(frame: &Frame) -> Vec<String> {
    let printed = printed(&frame.collect().await.unwrap());
    printed.into_iter().skip(1).collect()
}

/// The column `x` with one value.
async fn of_one(desk: &Desk, x: i32) -> Frame {
    asked(desk, &format!("SELECT {x} AS x"), &[], &[])
        .await
        .unwrap()
        .frame
}

#[rstest]
#[case::a_number("id > $it", Parameter::Integer(7), &["8", "9"])]
#[case::a_negative_number("id < 1 - $it", Parameter::Integer(-1), &["0", "1"])]
#[case::a_fraction("\"evt.P.x\" >= $it", Parameter::Float(4.5), &["9"])]
#[case::infinity("id > $it", Parameter::Float(f64::INFINITY), &[])]
#[case::a_truth("$it AND id = 3", Parameter::Bool(true), &["3"])]
#[case::nothing("coalesce($it, id) = 5", Parameter::Null, &["5"])]
#[case::values_to_choose_from(
    "id IN ($it)",
    Parameter::List(vec![Parameter::Integer(2), Parameter::Integer(4)]),
    &["2", "4"]
)]
#[case::no_values_to_choose_from("id IN ($it)", Parameter::List(Vec::new()), &[])]
#[case::none_of_no_values("id > 7 AND id NOT IN ($it)", Parameter::List(Vec::new()), &["8", "9"])]
#[case::text_that_looks_like_sql(
    "$it = 'x'' OR true --' AND id = 1",
    Parameter::Text("x' OR true --".to_owned()),
    &["1"]
)]
#[tokio::test]
async fn a_value_stands_where_its_name_does(
    #[case] cut: &str,
    #[case] value: Parameter,
    #[case] wanted: &[&str],
) {
    let desk = Desk::new();
    let sql = format!("SELECT id FROM '@/events.root' WHERE {cut} ORDER BY id");

    let asked = asked(&desk, &sql, &[("it", value)], &[]).await.unwrap();

    assert_eq!(lines(&asked.frame).await, wanted);
}

#[tokio::test]
async fn a_value_that_is_not_given_is_told_with_the_nearest() {
    let desk = Desk::new();

    let error = asked(
        &desk,
        "SELECT $treshold",
        &[("threshold", Parameter::Integer(1))],
        &[],
    )
    .await
    .unwrap_err();

    assert_eq!(
        error.to_string(),
        "there is no value for `$treshold`; did you mean `threshold`?"
    );
}

#[tokio::test]
async fn a_table_of_the_statement_hides_one_of_the_session_and_is_gone_after_it() {
    let desk = Desk::new();
    desk.rows("CREATE VIEW t AS SELECT 1 AS x").await;
    let two = of_one(&desk, 2).await;

    let own = asked(&desk, "SELECT x FROM t", &[], &[("t", two.clone())])
        .await
        .unwrap()
        .frame;
    let other = asked(&desk, "SELECT x FROM only", &[], &[("only", two)])
        .await
        .unwrap()
        .frame;

    assert_eq!(desk.table("SELECT x FROM t").await, ["x", "1"]);
    let gone = desk.error("SELECT x FROM only").await;
    assert!(gone.contains("there is no table `only`"), "{gone}");
    // The frames were planned with their tables.
    assert_eq!(lines(&own).await, ["2"]);
    assert_eq!(lines(&other).await, ["2"]);
}

#[tokio::test]
async fn all_statements_of_a_text_see_the_tables() {
    let desk = Desk::new();
    let two = of_one(&desk, 2).await;

    let asked = asked(
        &desk,
        "CREATE TABLE doubled AS SELECT 2 * x AS y FROM given; SELECT x + y FROM doubled, given",
        &[],
        &[("given", two)],
    )
    .await
    .unwrap();

    assert_eq!(lines(&asked.frame).await, ["6"]);
}

#[tokio::test]
async fn a_frame_of_the_statement_has_collections() {
    let desk = Desk::new();
    let events = desk.session.read(&desk.sql("@/events.root")).await.unwrap();
    let late = events.filter("id > 6", "").unwrap();

    let asked = asked(
        &desk,
        "SELECT id, count(Muon.pt > 75) AS n FROM late ORDER BY id",
        &[],
        &[("late", late)],
    )
    .await
    .unwrap();

    assert_eq!(lines(&asked.frame).await, ["7 0", "8 2", "9 0"]);
}

#[tokio::test]
async fn a_union_has_the_rows_of_all_frames() {
    let desk = Desk::new();
    let frames = [of_one(&desk, 1).await, of_one(&desk, 2).await];

    let all = frames[0].union(&[frames[1].clone(), frames[0].clone()]);

    let mut rows = lines(&all.unwrap()).await;
    rows.sort_unstable();
    assert_eq!(rows, ["1", "1", "2"]);
}

#[tokio::test]
async fn frames_of_other_columns_are_no_union() {
    let desk = Desk::new();
    let one = of_one(&desk, 1).await;
    let two = one.define("y", "x + 1").unwrap();

    let error = one.union(&[two]).unwrap_err().to_string();

    assert!(error.contains("different number of columns"), "{error}");
}

#[tokio::test]
async fn a_registered_frame_is_a_table_until_it_is_forgotten() {
    let desk = Desk::new();

    desk.session
        .register_frame("mine", &of_one(&desk, 1).await)
        .unwrap();
    assert_eq!(desk.table("SELECT x FROM mine").await, ["x", "1"]);

    // The name is free for another.
    desk.session
        .register_frame("mine", &of_one(&desk, 2).await)
        .unwrap();
    assert_eq!(desk.table("SELECT x FROM mine").await, ["x", "2"]);

    assert!(desk.session.deregister("mine").unwrap());
    assert!(!desk.session.deregister("mine").unwrap());
    let gone = desk.error("SELECT x FROM mine").await;
    assert!(gone.contains("there is no table `mine`"), "{gone}");
}
