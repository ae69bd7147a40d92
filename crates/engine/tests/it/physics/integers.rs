//! Arithmetic with whole numbers is that of ROOT.

use hepframe_root_write::{Column, FileWriter, TreeOptions};
use rstest::rstest;

use crate::files::Desk;

/// A desk with the table `t`: two events, and lists of the same numbers.
async fn desk() -> Desk {
    let desk = Desk::new();
    let columns = [
        ("uc", Column::flat(vec![200_u8, 200])),
        ("ud", Column::flat(vec![100_u8, 101])),
        ("us", Column::flat(vec![60_000_u16, 60_000])),
        ("sh", Column::flat(vec![30_000_i16, -30_000])),
        ("c", Column::flat(vec![127_i8, -128])),
        ("k", Column::flat(vec![7_i32, -2])),
        ("n", Column::flat(vec![3_u32, 4])),
        (
            "event",
            Column::flat(vec![263_142_893_u64, 18_446_744_073_709_551_610]),
        ),
        ("size", Column::flat(vec![1_i32, 1])),
        ("luc", Column::counted("size", vec![200_u8, 200])),
        ("lud", Column::counted("size", vec![100_u8, 101])),
        ("lus", Column::counted("size", vec![60_000_u16, 60_000])),
        ("lsh", Column::counted("size", vec![30_000_i16, -30_000])),
        ("lc", Column::counted("size", vec![127_i8, -128])),
        ("lk", Column::counted("size", vec![7_i32, -2])),
        ("ln", Column::counted("size", vec![3_u32, 4])),
        (
            "levent",
            Column::counted("size", vec![263_142_893_u64, 18_446_744_073_709_551_610]),
        ),
    ];
    let mut file = FileWriter::create(desk.path("numbers.root")).unwrap();
    file.tree("Events", TreeOptions::new(), &columns).unwrap();
    file.finish().unwrap();
    desk.register("t", "numbers.root").await;
    desk
}

// As `RDataFrame::Define` gives them.
#[rstest]
#[case::bytes("{uc} + {ud}", "300 301 Int32")]
#[case::a_product_of_bytes("{uc} * {ud}", "20000 20200 Int32")]
#[case::below_zero("{ud} - {uc}", "-100 -99 Int32")]
#[case::a_quotient_of_bytes("{uc} / {ud}", "2 1 Int32")]
#[case::a_remainder_of_bytes("{uc} % {ud}", "0 99 Int32")]
#[case::shorts("{sh} + {sh}", "60000 -60000 Int32")]
#[case::a_product_of_shorts("{sh} * {sh}", "900000000 900000000 Int32")]
#[case::signed_bytes("{c} + {c}", "254 -256 Int32")]
#[case::it_wraps("{us} * {us}", "-694967296 -694967296 Int32")]
#[case::two_widths("{us} - {uc}", "59800 59800 Int32")]
#[case::without_signs("{n} - {uc}", "4294967099 4294967100 UInt32")]
#[case::minus_a_byte("-{uc}", "-200 -200 Int32")]
#[case::minus_the_smallest_byte("-{c}", "-127 128 Int32")]
#[case::minus_a_short("-{sh}", "-30000 30000 Int32")]
#[case::minus_without_a_sign("-{n}", "4294967293 4294967292 UInt32")]
#[case::minus_64_bits("-{event}", "18446744073446408723 6 UInt64")]
#[case::an_event_number("{event} / 100000", "2631 184467440737095 UInt64")]
#[case::the_one_before("{event} - 1", "263142892 18446744073709551609 UInt64")]
#[case::plus_minus_one("{event} + (-1)", "263142892 18446744073709551609 UInt64")]
#[case::a_remainder("{event} % 7", "6 3 UInt64")]
#[case::twice("{event} * 2", "526285786 18446744073709551604 UInt64")]
#[case::by_a_signed_column("{event} / {k}", "37591841 0 UInt64")]
#[case::plus_a_signed_column("{event} + {k}", "263142900 18446744073709551608 UInt64")]
#[case::times_a_signed_column("{event} * {k}", "1842000251 12 UInt64")]
#[case::modulo_a_signed_column("{event} % {k}", "6 18446744073709551610 UInt64")]
#[case::of_the_other_side("{k} + {event}", "263142900 18446744073709551608 UInt64")]
#[case::by_32_bits("{event} / {n}", "87714297 4611686018427387902 UInt64")]
// C++ has 4294967295 here.
#[case::two_signs_of_32_bits("{k} - {n}", "4 -6 Int64")]
#[tokio::test]
async fn numbers_and_elements_are_computed_as_in_root(#[case] sql: &str, #[case] wanted: &str) {
    let desk = desk().await;
    let number = sql.replace(['{', '}'], "");
    let element = sql.replace('{', "l").replace('}', "");

    for of in [number, format!("({element})[0]")] {
        let numbers = desk.table(&format!("SELECT {of} FROM t")).await;
        let types = desk
            .table(&format!("SELECT arrow_typeof({of}) FROM t"))
            .await;

        let got = [&numbers[1], &numbers[2], &types[1]].map(String::as_str);
        assert_eq!(got.join(" "), wanted, "{of}");
    }
}

#[rstest]
#[case::a_test_of_parity("SELECT count(*) FROM t WHERE event / 2 * 2 = event", "1")]
#[case::groups(
    "SELECT event / 200000000, count(*) FROM t GROUP BY event / 200000000 ORDER BY 1",
    "1 1 / 92233720368 1"
)]
#[case::a_mean_of_counts("SELECT sum(n) / 2, sum(n) / count(*) FROM t", "3 3")]
#[case::an_exact_comparison(
    "SELECT count(*) FROM t WHERE event > CAST(-1 AS BIGINT) AND event <> k",
    "2"
)]
#[tokio::test]
async fn unsigned_numbers_of_64_bits_stay_whole(#[case] sql: &str, #[case] wanted: &str) {
    let rows = desk().await.table(sql).await;

    assert_eq!(rows[1..].join(" / "), wanted);
}

const DIVISORS: &str = "(VALUES (0), (3), (20), (NULL)) AS t(k)";

#[rstest]
#[case::after_and("SELECT count(*) FROM @t WHERE k <> 0 AND 10 / k > 2", "1")]
#[case::before_and("SELECT count(*) FROM @t WHERE 10 / k > 2 AND k <> 0", "1")]
#[case::in_a_case(
    "SELECT count(*) FROM @t WHERE CASE WHEN k <> 0 THEN 10 / k > 2 ELSE false END",
    "1"
)]
#[case::in_a_sub_query(
    "SELECT count(*) FROM (SELECT k FROM @t WHERE k <> 0) WHERE 10 % k = 1",
    "1"
)]
#[case::selected(
    "SELECT 10 / k, 10 % k, [10, 20] / k FROM @t",
    "  [, ] / 3 1 [3, 6] / 0 10 [0, 1] /   [, ]"
)]
#[case::written("SELECT 1 / 0, [1] % 0", " []")]
#[case::the_smallest_number(
    "SELECT CAST(-2147483648 AS INT) / CAST(-1 AS INT) AS x, -9223372036854775808 % (k - 4) AS y FROM @t WHERE k = 3",
    "-2147483648 0"
)]
#[tokio::test]
async fn a_division_by_zero_is_null(#[case] sql: &str, #[case] wanted: &str) {
    let rows = Desk::new().table(&sql.replace("@t", DIVISORS)).await;

    let got: Vec<&str> = rows[1..].iter().map(|row| row.trim_end()).collect();
    assert_eq!(got.join(" / "), wanted);
}
