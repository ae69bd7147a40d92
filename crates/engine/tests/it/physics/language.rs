//! The language: what brackets, words and names mean, wherever SQL allows them.

use rstest::rstest;

use super::desk;

/// One column per event, `event` 0 to 3 from top to bottom.
#[rstest]
#[case::from_0("Muon.pt[0]", "30.0 | null | 15.0 | 50.0")]
#[case::from_the_end("Muon.pt[-1]", "20.0 | null | 15.0 | 7.0")]
#[case::out_of_range("Muon.pt[2]", "null | null | null | 7.0")]
#[case::from_the_end_out_of_range("Muon.pt[-3]", "null | null | null | 50.0")]
#[case::a_position_per_event("Muon.pt[nMuon - 1]", "20.0 | null | 15.0 | 7.0")]
#[case::a_member_and_its_field("Muon[0].pt", "30.0 | null | 15.0 | 50.0")]
#[case::a_slice("Muon.pt[0:2]", "[30.0, 20.0] | [] | [15.0] | [50.0, 40.0]")]
#[case::a_slice_to_the_end("Muon.pt[1:]", "[20.0] | [] | [] | [40.0, 7.0]")]
#[case::a_slice_from_the_start("Muon.pt[:1]", "[30.0] | [] | [15.0] | [50.0]")]
#[case::a_slice_but_the_last("Muon[:-1].pt", "[30.0] | [] | [] | [50.0, 40.0]")]
#[case::a_slice_of_the_last("Muon[-2:].pt", "[30.0, 20.0] | [] | [15.0] | [40.0, 7.0]")]
#[case::a_mask("Muon.pt[Muon.pt > 25]", "[30.0] | [] | [] | [50.0, 40.0]")]
#[case::positions("Muon.pt[[0, -1]]", "[30.0, 20.0] | [, ] | [15.0, 15.0] | [50.0, 7.0]")]
#[case::two_masks("Muon[Muon.pt > 10][0:1].charge", "[1] | [] | [1] | [1]")]
#[case::array_element_counts_from_1("array_element(Muon.pt, 1)", "30.0 | null | 15.0 | 50.0")]
#[case::a_fixed_size("grid[-1]", "2.0 | 5.0 | 8.0 | 11.0")]
#[case::a_fixed_size_masked(
    "grid[grid > 3]",
    "[] | [4.0, 5.0] | [6.0, 7.0, 8.0] | [9.0, 10.0, 11.0]"
)]
#[case::fixed_and_one_value(
    "grid[:2] * MET_pt",
    "[0.0, 10.0] | [60.0, 80.0] | [180.0, 210.0] | [360.0, 400.0]"
)]
#[case::quoted_names("\"Muon\".\"pt\"[0]", "30.0 | null | 15.0 | 50.0")]
#[case::with_the_table("ev.Muon.pt[0]", "30.0 | null | 15.0 | 50.0")]
#[case::the_first_there_is("coalesce(Muon[2], Muon[0]).pt", "30.0 | null | 15.0 | 7.0")]
#[case::the_last_pair("last(pairs(Muon)).b.pt", "20.0 | null | null | 7.0")]
#[case::a_root_of_less_than_nothing("sqrt(10 - Muon.pt)[0:1]", "[NaN] | [] | [NaN] | [NaN]")]
#[case::null_in_a_member("Muon[1] IS NULL", "false | true | true | false")]
#[case::between(
    "Muon.pt BETWEEN 20 AND 40",
    "[true, true] | [] | [false] | [false, true, false]"
)]
#[case::not_between(
    "Muon.pt NOT BETWEEN 20 AND 40",
    "[false, false] | [] | [true] | [true, false, true]"
)]
#[case::within(
    "Muon.charge IN (1, 2)",
    "[true, false] | [] | [true] | [true, false, true]"
)]
#[case::not(
    "NOT Muon.charge = 1",
    "[false, true] | [] | [false] | [false, true, false]"
)]
#[case::power(
    "Jet.pt ^ 2 / 10",
    "[360.0] | [250.0, 62.5] | [] | [1000.0, 360.0, 90.0]"
)]
#[case::power_of_one_value("2 * MET_pt ^ 2 + 1", "201.0 | 801.0 | 1801.0 | 3201.0")]
#[case::power_of_integers("-(nMuon ^ 2)", "-4.0 | -0.0 | -1.0 | -9.0")]
#[case::power_of_a_negative("-nMuon ^ 2", "4.0 | 0.0 | 1.0 | 9.0")]
#[case::a_list_of_powers("2 ^ Muon.charge", "[2.0, 0.5] | [] | [2.0] | [2.0, 0.5, 2.0]")]
#[case::and_not_as_in_cpp("nMuon > 0 && !(nMuon > 2)", "true | false | true | false")]
#[case::lists_and_not_as_in_cpp(
    "Muon.pt > 15 && !(Muon.pt > 30)",
    "[true, true] | [] | [false] | [false, false, false]"
)]
#[case::bits("(Muon.charge & 1) | 2", "[3, 3] | [] | [3] | [3, 3, 3]")]
#[case::shifts("Muon.charge << 2 >> 1", "[2, -2] | [] | [2] | [2, -2, 2]")]
#[case::minus("-Muon.charge", "[-1, 1] | [] | [-1] | [-1, 1, -1]")]
#[case::cast("CAST(Muon.pt AS int)", "[30, 20] | [] | [15] | [50, 40, 7]")]
#[case::double_colon("Muon.pt::int", "[30, 20] | [] | [15] | [50, 40, 7]")]
#[case::joined_with_bars(
    "Muon.pt || Jet.pt",
    "[30.0, 20.0, 60.0] | [50.0, 25.0] | [15.0] | [50.0, 40.0, 7.0, 100.0, 60.0, 30.0]"
)]
#[case::nested_functions("sqrt(abs(Muon.pt * -Muon.pt))[0]", "30.0 | null | 15.0 | 50.0")]
#[case::one_of_two_lists(
    "if_else(Muon.charge > 0, Muon.pt, 0)",
    "[30.0, 0.0] | [] | [15.0] | [50.0, 0.0, 7.0]"
)]
#[case::all_of_none("all(Muon.pt > 5)", "true | true | true | true")]
#[case::a_reduction_in_a_case("CASE WHEN any(Muon.pt > 25) THEN 1 ELSE 0 END", "1 | 0 | 0 | 1")]
#[tokio::test]
async fn an_expression_gives_one_answer_per_event(#[case] sql: &str, #[case] answers: &str) {
    let desk = desk().await;

    let rows = desk.table(&format!("SELECT {sql} AS answer FROM ev")).await;

    let got = rows[1..].iter().map(|row| match row.as_str() {
        "" => "null",
        cell => cell,
    });
    assert_eq!(got.collect::<Vec<_>>().join(" | "), answers);
}

/// All rows, the heading first.
#[rstest]
#[case::a_list_per_event_a_number_over_events(
    "SELECT sum(sum(Muon.pt)) AS s, max(max(Jet.pt)) AS m, sum(MET_pt) AS t FROM ev",
    "s m t / 162.0 100.0 100.0"
)]
#[case::sums_that_differ_in_a_cast(
    "SELECT sum(nMuon), sum(CAST(nMuon AS double)), max(DISTINCT nMuon::double), max(DISTINCT nMuon) FROM ev
     HAVING sum(CAST(nMuon AS double)) < 7 AND sum(nMuon) > 5",
    "sum(nMuon) sum(CAST(nMuon AS DOUBLE)) max(DISTINCT nMuon::DOUBLE) max(DISTINCT nMuon) / 6 6.0 3.0 3"
)]
#[case::a_sum_of_whole_numbers_of_pairs(
    "SELECT sum(pairs(Muon).a.charge) AS s, arrow_typeof(sum(pairs(Muon).b.charge[pairs(Muon).a.pt > 1])) AS t,
     coalesce(nMuon - 9, sum(pairs(Muon).a.charge)) AS c FROM ev WHERE sum(pairs(Muon).a.charge) > 0",
    "s t c / 1 Int64 -7 / 1 Int64 -6"
)]
#[case::any_and_all_of_numbers_are_aggregates(
    "SELECT any(nMuon > 2), all(nMuon > 2), mean(MET_pt), count(nMuon) FROM ev",
    "any(nMuon > 2) all(nMuon > 2) mean(MET_pt) count(nMuon) / true false 25.0 4"
)]
#[case::headings_are_what_was_typed(
    "SELECT Muon.pt[0], all(Muon.pt > 5), len(Jet[Jet.pt > 30]), -Muon.charge FROM ev LIMIT 1",
    "Muon.pt[0] all(Muon.pt > 5) len(Jet[Jet.pt > 30]) -Muon.charge / 30.0 true 1 [-1, 1]"
)]
#[case::any_after_and(
    "SELECT event FROM ev WHERE nMuon > 1 AND any(Muon.pt > 40)",
    "event / 3"
)]
#[case::all_after_and(
    "SELECT event FROM ev WHERE nMuon > 1 AND all (Muon.pt > 10)",
    "event / 0"
)]
#[case::any_after_or(
    "SELECT event FROM ev WHERE MET_pt < 15 OR ANY(Muon.pt > 40)",
    "event / 0 / 3"
)]
#[case::not_any(
    "SELECT event FROM ev WHERE nMuon > 0 AND NOT any(Muon.pt > 25)",
    "event / 2"
)]
#[case::distinct_all(
    "SELECT DISTINCT all(Muon.pt > 10) AS a FROM ev ORDER BY a",
    "a / false / true"
)]
#[case::sort_after_a_comma(
    "SELECT event, sort(Muon.pt) AS s FROM ev WHERE event = 3",
    "event s / 3 [7.0, 40.0, 50.0]"
)]
#[case::union_all_is_still_that("SELECT 1 AS x UNION ALL (SELECT 2) ORDER BY x", "x / 1 / 2")]
#[case::distinct(
    "SELECT DISTINCT count(Muon) AS n FROM ev ORDER BY n",
    "n / 0 / 1 / 2 / 3"
)]
#[case::order_by_a_field(
    "SELECT event FROM ev ORDER BY Muon.pt[0] DESC NULLS LAST",
    "event / 3 / 0 / 2 / 1"
)]
#[case::order_by_a_reduction("SELECT event FROM ev ORDER BY sum(Muon.pt) LIMIT 2", "event / 1 / 2")]
#[case::group_by_a_reduction(
    "SELECT any(Muon.pt > 25) AS hard, count(*) AS n FROM ev GROUP BY any(Muon.pt > 25) ORDER BY hard",
    "hard n / false 2 / true 2"
)]
#[case::group_by_all_of_a_mask(
    "SELECT count(*) AS n FROM ev GROUP BY all(Muon.pt > 10) ORDER BY n",
    "n / 1 / 3"
)]
#[case::having(
    "SELECT nMuon > 1 AS two, sum(sum(Muon.pt)) AS s FROM ev GROUP BY nMuon > 1 HAVING max(Muon[0].pt) > 20",
    "two s / true 147.0"
)]
#[case::a_window(
    "SELECT event, row_number() OVER (ORDER BY sum(Muon.pt) DESC) AS place FROM ev ORDER BY event",
    "event place / 0 2 / 1 4 / 2 3 / 3 1"
)]
#[case::a_join_of_two_aliases(
    "SELECT a.event, sum(a.Muon.pt) AS m, b.Jet.pt[0] AS j FROM ev a JOIN ev b ON a.event = b.event + 1
     WHERE any(b.Jet.pt > 40) ORDER BY a.event",
    "event m j / 1 0.0 60.0 / 2 15.0 50.0"
)]
#[case::a_join_of_two_files(
    "SELECT e.id, m.Muon.pt[0] AS pt FROM '@/events.root' e JOIN '@/physics.root' m ON e.id = m.event
     WHERE len(m.Muon) > 1 ORDER BY e.id",
    "id pt / 0 30.0 / 3 50.0"
)]
#[case::union_all(
    "SELECT count(Muon.pt > 10) AS n FROM ev UNION ALL SELECT len(Jet) FROM ev ORDER BY n DESC LIMIT 3",
    "n / 3 / 2 / 2"
)]
#[case::in_a_sub_query(
    "SELECT event FROM ev WHERE event IN (SELECT event FROM ev WHERE any(Muon.pt > 40))",
    "event / 3"
)]
#[case::exists(
    "SELECT event FROM ev a WHERE EXISTS
     (SELECT 1 FROM ev b WHERE b.event = a.event AND count(b.Muon.pt > 25) = 2)",
    "event / 3"
)]
#[case::a_scalar_sub_query(
    "SELECT event FROM ev WHERE sum(Muon.pt) > (SELECT avg(sum(Muon.pt)) FROM ev)",
    "event / 0 / 3"
)]
#[case::a_view(
    "CREATE VIEW v AS SELECT event, Muon, pairs(Muon) AS pair FROM ev WHERE nMuon > 1;
     SELECT event, count(pair.a.charge <> pair.b.charge) AS n, Muon.pt[0] AS pt FROM v ORDER BY event",
    "event n pt / 0 1 30.0 / 3 2 50.0"
)]
#[case::a_table_of_collections(
    "CREATE TABLE t AS SELECT event, Muon, best_by(Muon, Muon.pt) AS soft FROM ev;
     SELECT event, soft.pt, len(Muon[Muon.charge > 0]) AS n FROM t WHERE any(Muon.pt > 25) ORDER BY event",
    "event soft.pt n / 0 20.0 1 / 3 7.0 2"
)]
#[case::a_parquet_file_of_collections(
    "COPY (SELECT event, Muon, pairs(Muon) AS pair FROM ev) TO '@/out.parquet';
     SELECT event, sum(Muon.pt) AS s, len(pair) AS n, pair.b.pt FROM '@/out.parquet' WHERE len(pair) > 0",
    "event s n pair.b.pt / 0 50.0 1 [20.0] / 3 97.0 3 [40.0, 7.0, 7.0]"
)]
#[case::rows_of_elements(
    "SELECT event, unnest(Muon.pt) AS pt FROM ev WHERE event < 3",
    "event pt / 0 30.0 / 0 20.0 / 2 15.0"
)]
#[case::lists_of_lists(
    "SELECT x[0], x[-1][0] AS y, x + 1 AS z, len(x) AS n FROM (SELECT [[1, 2], [3]] AS x)",
    "x[0] y z n / [1, 2] 3 [[2, 3], [4]] 2"
)]
#[case::the_dark_side_of_a_mask(
    "SELECT len(Muon[NOT Muon.pt > 10 OR Muon.charge < 0]) AS n FROM ev",
    "n / 1 / 0 / 0 / 2"
)]
#[case::no_events(
    "SELECT count(*) AS n, max(sum(Muon.pt)) AS m, max(max((pairs(Muon).a + pairs(Muon).b).mass)) AS x
     FROM ev WHERE event > 9",
    "n m x / 0"
)]
#[case::a_star_hides_collections(
    "SELECT * EXCLUDE (grid, MET_pt, nJet, Jet_pt, Jet_eta, Jet_phi, Jet_mass, Muon_eta,
     Muon_phi, Muon_mass) FROM ev WHERE Muon.pt[0] > 40",
    "event nMuon Muon_pt Muon_charge / 3 3 [50.0, 40.0, 7.0] [1, -1, 1]"
)]
#[tokio::test]
async fn a_query_answers(#[case] sql: &str, #[case] rows: &str) {
    let desk = desk().await;

    let got = desk.table(sql).await;

    let got: Vec<&str> = got.iter().map(|row| row.trim()).collect();
    assert_eq!(got.join(" / "), rows);
}

/// Words that lists have too mean what they always meant where there is no list.
#[rstest]
#[case::between("event BETWEEN 1 AND 2")]
#[case::within("event IN (1, 2)")]
#[case::not("NOT (event = 1)")]
#[case::minus("-event < 0")]
#[case::cast("CAST(event AS double) > 1")]
#[case::comparison("MET_pt > 20 AND event < 3")]
#[tokio::test]
async fn a_cut_on_single_values_is_planned_as_ever(#[case] cut: &str) {
    let desk = desk().await;

    let plan = desk
        .table(&format!("EXPLAIN SELECT event FROM ev WHERE {cut}"))
        .await
        .join("\n");

    assert!(!plan.contains("hep_"), "{plan}");
    assert!(plan.contains("predicate="), "{plan}");
}

#[tokio::test]
async fn aggregates_of_single_values_are_planned_as_ever() {
    let desk = desk().await;

    let plan = desk
        .table("EXPLAIN SELECT sum(MET_pt), max(event), count(nMuon), any(event > 1) FROM ev")
        .await
        .join("\n");

    assert!(!plan.contains("hep_"), "{plan}");
}

#[rstest]
#[case::a_field("SELECT Muon.ptt FROM ev", "no field `ptt` (did you mean pt?)")]
#[case::a_field_of_a_member("SELECT Muon[0].chrge FROM ev", "did you mean charge?")]
#[case::a_field_of_a_pair("SELECT pairs(Muon).c FROM ev", "it has a, b")]
#[case::a_collection("SELECT Muons.pt FROM ev", "no column `Muons.pt`")]
#[case::lists_of_two_collections(
    "SELECT Muon_pt + Jet_pt FROM ev",
    "`+`: the lists of one event differ in length: `Muon_pt` has 2 and `Jet_pt` has 1 elements (entry 0 of /"
)]
#[case::a_mask_of_another_collection(
    "SELECT Muon.pt[Jet.pt > 20] FROM ev",
    "`mask`: the lists of one event differ in length: `Muon_pt` has 2 and"
)]
#[case::a_key_of_another_collection(
    "SELECT best_by(Muon, Jet.pt).pt FROM ev",
    "`key`: the lists of one event differ in length: `Jet_pt` has 1"
)]
#[case::an_order_of_another_collection(
    "SELECT sort(Muon, Jet.pt).pt FROM ev",
    "`key`: the lists of one event"
)]
#[case::two_collections_in_a_formula(
    "SELECT delta_phi(Muon, Jet) FROM ev",
    "`delta_phi`: the lists"
)]
#[case::a_case(
    "SELECT CASE WHEN Muon.pt > 20 THEN 1 END FROM ev",
    "use if_else(condition"
)]
#[case::a_list_as_a_cut(
    "SELECT event FROM ev WHERE Muon.pt > 20",
    "any(..), all(..) or count(..) >= 2"
)]
#[case::any_of_numbers(
    "SELECT any(Muon.pt) FROM ev",
    "write a comparison such as any(x > 30)"
)]
#[case::the_largest_muon("SELECT max(Muon) FROM ev", "name a field, such as max(Muon.pt)")]
#[case::the_largest_list(
    "SELECT max(x) FROM (SELECT [[1], [2]] AS x)",
    "take one of them, such as max(x[0])"
)]
#[case::a_sum_of_different_lists("SELECT sum(DISTINCT Muon.pt) FROM ev", "reduce the list first")]
#[case::a_sum_with_a_filter(
    "SELECT sum(Muon.pt) FILTER (WHERE nMuon > 1) FROM ev",
    "sum(sum(..)) FILTER"
)]
#[case::a_running_sum(
    "SELECT sum(Muon.pt) OVER () FROM ev",
    "one number of each, not a list"
)]
#[case::a_list_beside_an_aggregate(
    "SELECT avg(Muon.pt), mean(MET_pt) FROM ev",
    "many values per group"
)]
#[case::collections_compared("SELECT Muon > 20 FROM ev", "apply it to a field, such as Muon.pt")]
#[case::a_collection_negated("SELECT -Muon FROM ev", "no operator `-`")]
#[case::twice_a_muon("SELECT 2 * Muon[0] FROM ev", "no operator `*`")]
#[case::an_order_without_a_key("SELECT sort(Muon) FROM ev", "sort(Jet, Jet.pt)")]
#[case::the_best_without_a_key("SELECT best_by(Muon) FROM ev", "best_by(list, key) takes")]
#[case::nine_at_a_time("SELECT combinations(Muon, 9) FROM ev", "1 to 8 at a time, not 9")]
#[case::pairs_of_numbers("SELECT pairs(MET_pt) FROM ev", "takes a list as argument 1")]
#[case::no_radius(
    "SELECT any_within(Muon, Jet) FROM ev",
    "any_within(collection, others, radius)"
)]
#[case::a_radius_per_event(
    "SELECT any_within(Muon, Jet, MET_pt) FROM ev",
    "the same for all events"
)]
#[case::a_broken_position(
    "SELECT Muon.pt[1.5] FROM ev",
    "a number, a list of numbers or a mask in brackets"
)]
#[case::a_mask_of_lists(
    "SELECT x[x > 1] FROM (SELECT [[1], [2]] AS x)",
    "cut a single list of the lists"
)]
#[case::a_stride("SELECT Muon.pt[0:3:2] FROM ev", "slices have no stride")]
#[tokio::test]
async fn a_mistake_is_told_in_the_words_of_the_query(#[case] sql: &str, #[case] said: &str) {
    let desk = desk().await;

    let error = desk.error(sql).await;

    assert!(error.contains(said), "{error}");
    assert!(!error.contains("hep_"), "{error}");
}

#[rstest]
#[case::alone("SELECT Muon.* FROM ev")]
#[case::of_a_table("SELECT ev.Muon.* FROM ev")]
#[case::of_an_alias("SELECT e.Muon.* FROM ev AS e")]
#[tokio::test]
async fn a_collection_and_a_star_are_all_its_columns(#[case] sql: &str) {
    let desk = desk().await;

    let lines = desk.table(&format!("{sql} LIMIT 1")).await;

    assert_eq!(lines[0], "Muon_pt Muon_eta Muon_phi Muon_mass Muon_charge");
    assert!(lines[1].starts_with("[30.0, 20.0] "), "{lines:?}");
}
