//! Functions that a program brings along.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type};
use hepframe_engine::UserFunction;
use rstest::rstest;

use crate::files::Desk;

/// A desk whose session has the function `mine(number, number)`.
fn desk_with(
    compute: impl Fn(Vec<ArrayRef>) -> Result<ArrayRef, String> + Send + Sync + 'static,
) -> Desk {
    let desk = Desk::new();
    let numbers = vec![DataType::Float64, DataType::Float64];
    let function = UserFunction::new("mine", numbers, DataType::Float64, compute);
    desk.session.register_function(function).unwrap();
    desk
}

/// `10 a + b` of columns of doubles.
fn joined(args: Vec<ArrayRef>) -> Result<ArrayRef, String> {
    let [a, b] = <[ArrayRef; 2]>::try_from(args).map_err(|args| format!("{args:?}"))?;
    let (Some(a), Some(b)) = (
        a.as_primitive_opt::<Float64Type>(),
        b.as_primitive_opt::<Float64Type>(),
    ) else {
        return Err(format!("{} and {}", a.data_type(), b.data_type()));
    };
    let pairs = a.iter().zip(b);
    let sums: Float64Array = pairs.map(|(a, b)| Some(10.0 * a? + b?)).collect();
    Ok(Arc::new(sums))
}

#[tokio::test]
async fn arguments_are_cast_and_literals_are_columns() {
    let desk = desk_with(joined);

    let rows = desk
        .table("SELECT mine(id, 1) AS x, mine(\"evt.P.x\", id) AS y FROM '@/events.root' LIMIT 3")
        .await;

    assert_eq!(rows, ["x y", "1.0 0.0", "11.0 6.0", "21.0 12.0"]);
}

#[tokio::test]
async fn frames_and_filters_have_the_function_too() {
    let desk = desk_with(joined);
    let events = desk.session.read(&desk.sql("@/events.root")).await.unwrap();

    let late = events.filter("mine(id, id) > 80", "").unwrap();
    let answers = desk.session.run(&[late.count()]).await.unwrap();

    assert_eq!(*answers[0].count().unwrap(), 2);
}

#[rstest]
#[case::too_few("mine(id)", "function `mine` takes 2 arguments, got 1")]
#[case::too_many("mine(id, id, id)", "function `mine` takes 2 arguments, got 3")]
#[case::no_number(
    "mine(id, Muon_pt)",
    "function `mine` takes Float64 as argument 2, and this is List"
)]
#[tokio::test]
async fn a_call_that_does_not_fit_is_told_while_planning(#[case] call: &str, #[case] said: &str) {
    let desk = desk_with(|_| panic!("it must not be called"));
    let sql = desk.sql(&format!("SELECT {call} FROM '@/events.root'"));

    let error = desk.session.query(&sql).await.unwrap_err().to_string();

    assert!(error.contains(said), "{error}");
}

#[tokio::test]
async fn an_answer_of_another_length_is_told() {
    let desk = desk_with(|args| Ok(args[0].slice(0, 1)));

    let error = desk.error("SELECT mine(id, id) FROM '@/events.root'").await;

    assert_eq!(
        error,
        "function `mine` gave 1 values for 10 rows; it must give one for each"
    );
}

#[tokio::test]
async fn an_answer_of_another_type_is_told() {
    let desk = desk_with(|args| {
        Ok(arrow::array::new_null_array(
            &DataType::Int32,
            args[0].len(),
        ))
    });

    let error = desk.error("SELECT mine(id, id) FROM '@/events.root'").await;

    assert_eq!(
        error,
        "function `mine` gave Int32, and it was declared to give Float64"
    );
}

#[tokio::test]
async fn what_the_function_says_is_told() {
    let desk = desk_with(|_| Err("no calibration for 2017".to_owned()));

    let error = desk.error("SELECT mine(id, id) FROM '@/events.root'").await;

    assert_eq!(error, "function `mine`: no calibration for 2017");
}

#[rstest]
#[case::of_numbers("sqrt")]
#[case::by_another_name("pow")]
#[case::over_events("sum")]
#[case::of_physics("delta_r")]
#[case::a_histogram("h1")]
#[case::a_word("any")]
fn a_function_of_ours_is_not_replaced(#[case] name: &str) {
    let desk = Desk::new();
    let numbers = vec![DataType::Float64, DataType::Float64];
    let function = UserFunction::new(name, numbers, DataType::Float64, joined);

    let error = desk.session.register_function(function).unwrap_err();

    let said = format!("`{name}` is a function of hepframe already");
    assert!(error.to_string().contains(&said), "{error}");
}

#[tokio::test]
async fn ones_own_function_is_replaced() {
    let desk = desk_with(|_| Err("the first one".to_owned()));
    let numbers = vec![DataType::Float64, DataType::Float64];
    let second = UserFunction::new("mine", numbers, DataType::Float64, joined);

    desk.session.register_function(second).unwrap();

    assert_eq!(desk.table("SELECT mine(1, 2) AS x").await, ["x", "12.0"]);
}
