//! Rows without ORDER BY: in the order of the files, in one process and on clusters.

use rstest::rstest;

use super::shapes::many_files;

#[rstest]
#[case::all_rows("SELECT id, nMuon FROM '@/many'")]
#[case::a_filter("SELECT id + 1, evt.N FROM '@/many' WHERE id % 7 = 3")]
#[case::the_first_rows("SELECT id FROM '@/many' LIMIT 250")]
#[case::the_first_that_pass("SELECT id FROM '@/many' WHERE id % 7 = 3 LIMIT 40")]
#[case::those_behind_the_first("SELECT id FROM '@/many' WHERE id % 7 = 3 LIMIT 10 OFFSET 100")]
#[case::files_in_the_order_they_are_named(
    "SELECT id FROM read_root(['@/many/part07.root', '@/many/part02.root', '@/many/part11.root'])
     WHERE id % 2 = 0"
)]
#[case::elements("SELECT id, unnest(Muon_pt) FROM '@/many'")]
#[case::a_union(
    "SELECT id FROM '@/many' WHERE id > 2200 UNION ALL SELECT evt.N FROM '@/many' WHERE id < 150"
)]
#[case::a_union_with_first_rows(
    "(SELECT id FROM '@/many' WHERE id % 7 = 3 LIMIT 40) UNION ALL SELECT id FROM '@/many'"
)]
#[case::numbers_of_rows("SELECT id, row_number() OVER () FROM '@/many' WHERE id % 7 = 3")]
#[case::a_sum_of_the_first_rows(
    "SELECT sum(id), max(id) FROM (SELECT id FROM '@/many' WHERE id % 7 = 3 LIMIT 40)"
)]
#[case::a_join_with_the_first_rows(
    "SELECT b.id FROM (SELECT id FROM '@/many' WHERE id % 7 = 3 LIMIT 40) a
     JOIN '@/many' b ON a.id = b.id ORDER BY 1"
)]
#[case::a_table_in_memory(
    "CREATE TABLE kept AS SELECT id FROM '@/many' WHERE id % 7 = 3; SELECT * FROM kept"
)]
#[case::a_written_file(
    "COPY (SELECT id FROM '@/many' WHERE id % 7 = 3) TO '@/kept.parquet';
     SELECT id FROM '@/kept.parquet'"
)]
#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_the_order_of_the_files(#[case] sql: &str) {
    many_files().rows_in_order(sql).await;
}
