//! SQL on small events against what numpy, awkward and vector say; long lists against formulas.
//!
//! `tests/physics_cases.py` makes the table: a column of `cases_answers.parquet` is named
//! `SCALE|EXPRESSION` and holds what the expression gives for each event of `cases_events.parquet`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::record_batch::RecordBatch;
use arrow::util::pretty::pretty_format_columns;
use hepframe_engine::Session;

use crate::files::Desk;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/physics");
/// Relative to the answer, and to the scale of the terms that cancel in it.
const TOLERANCE: f64 = 1e-12;

async fn one_batch(session: &Session, sql: &str) -> RecordBatch {
    let batches = session
        .collect(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn expressions_agree_with_numpy_awkward_and_vector() {
    let session = Session::local().unwrap();
    let answers = one_batch(
        &session,
        &format!("SELECT * FROM '{FOLDER}/cases_answers.parquet'"),
    )
    .await;
    let schema = answers.schema();
    let cases: Vec<(&str, &str)> = schema
        .fields()
        .iter()
        .map(|field| field.name().split_once('|').unwrap())
        .collect();
    let mut wrong = Vec::new();

    for (chunk, few) in cases.chunks(32).enumerate() {
        let items: Vec<&str> = few.iter().map(|(_, sql)| *sql).collect();
        let sql = format!(
            "SELECT {} FROM '{FOLDER}/cases_events.parquet'",
            items.join(", ")
        );
        let got = one_batch(&session, &sql).await;
        for (column, (scale, sql)) in few.iter().enumerate() {
            let (got, want) = (got.column(column), answers.column(chunk * 32 + column));
            // `exact` is no number.
            if let Err(difference) = agree(got, want, scale.parse().ok()) {
                wrong.push(format!("{sql}\n{difference}"));
            }
        }
    }

    assert_eq!(cases.len() * answers.num_rows(), 13_680);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The first event of which two columns differ.
fn agree(got: &ArrayRef, want: &ArrayRef, scale: Option<f64>) -> Result<(), String> {
    let differing =
        (0..want.len()).find(|&row| !same(&got.slice(row, 1), &want.slice(row, 1), scale));
    let Some(row) = differing else {
        return Ok(());
    };
    let shown = |column: &ArrayRef| {
        let text = pretty_format_columns(
            column.data_type().to_string().as_str(),
            &[column.slice(row, 1)],
        );
        text.unwrap().to_string()
    };
    Err(format!(
        "event {row}, got and wanted:\n{}\n{}",
        shown(got),
        shown(want)
    ))
}

/// Types, lengths and nulls are equal, numbers to the bit or, with a scale, nearly.
fn same(got: &ArrayRef, want: &ArrayRef, scale: Option<f64>) -> bool {
    let nulls = |of: &ArrayRef| (0..of.len()).map(|at| of.is_null(at)).collect::<Vec<_>>();
    if got.len() != want.len() || nulls(got) != nulls(want) {
        return false;
    }
    let mut valid = (0..want.len()).filter(|&at| want.is_valid(at));
    match (got.data_type(), want.data_type()) {
        (DataType::List(_), DataType::List(_)) => {
            let (got, want) = (got.as_list::<i32>(), want.as_list::<i32>());
            valid.all(|at| same(&got.value(at), &want.value(at), scale))
        }
        (DataType::Float64, DataType::Float64) => {
            let (got, want) = (
                got.as_primitive::<Float64Type>(),
                want.as_primitive::<Float64Type>(),
            );
            valid.all(|at| same_number(got.value(at), want.value(at), scale))
        }
        (DataType::Float32, DataType::Float32) => {
            let (got, want) = (
                got.as_primitive::<Float32Type>(),
                want.as_primitive::<Float32Type>(),
            );
            valid.all(|at| same_number(got.value(at).into(), want.value(at).into(), scale))
        }
        _ => got == want,
    }
}

fn same_number(got: f64, want: f64, scale: Option<f64>) -> bool {
    let is_same = got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan());
    match scale {
        None => is_same,
        Some(scale) => is_same || (got - want).abs() <= TOLERANCE * (want.abs() + scale),
    }
}

/// A list of 100 003 numbers in one event: all from 0 on, mixed up. The size is a prime.
const LONG: &str =
    "CREATE TABLE long AS SELECT array_agg(value * 7919 % 100003 ORDER BY value) AS x
                    FROM generate_series(0, 100002);";

#[tokio::test]
async fn a_list_of_a_hundred_thousand_is_a_list_like_any_other() {
    let desk = Desk::new();

    let rows = desk
        .table(&format!(
            "{LONG} SELECT len(x), sum(x), min(x), max(x), mean(x), x[0], x[1], x[-1],
                    count(x < 1000), len(x[x % 2 = 0]), all(sort(x) = index(x)),
                    x[argmin(x)], x[argmax(x)], sum(top_k(x, 3)), len(x[1:-1]),
                    sum(x[argsort(x)][10:20]), len(concat(x, x)), sum(reverse(x) - x)
             FROM long"
        ))
        .await;

    assert_eq!(
        rows[1],
        "100003 5000250003 0 100002 50001.0 0 7919 92084 1000 50002 true 0 100002 300003 100001 145 200006 0"
    );
}

#[tokio::test]
async fn reductions_over_two_million_pairs_agree_with_those_that_store_them() {
    let desk = Desk::new();

    let answers = "len(p), count(p.a > p.b), max(p.a - p.b) AS m, argmax(p.a - p.b) AS at";
    let pairs = "SELECT pairs(CAST(x[:2000] AS double)) AS p FROM long";
    let fused = desk
        .table(&format!("{LONG} SELECT {answers} FROM ({pairs})"))
        .await;
    let stored = desk
        .table(&format!(
            "CREATE TABLE p AS {pairs}; SELECT {answers} FROM p"
        ))
        .await;

    assert!(fused[1].starts_with("1999000 "), "{fused:?}");
    assert_eq!(fused, stored);
}

#[tokio::test]
async fn five_thousand_million_pairs_are_too_many_to_store() {
    let desk = Desk::new();

    let error = desk
        .error(&format!("{LONG} SELECT pairs(x).a FROM long"))
        .await;

    assert!(error.contains("5000250003"), "{error}");
    assert!(error.contains("cut on the lists first"), "{error}");
}
