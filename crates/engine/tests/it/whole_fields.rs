//! Fields of an `RNTuple`: whole, in parts, as collections.

use hepframe_engine::frame::{Frame, JoinKind};
use hepframe_root_write::{Field, FieldValues, FileWriter, NtupleOptions};
use rstest::rstest;

use crate::files::{Desk, printed};

/// A desk with `fields.root`: three entries in two clusters, and a table `t` of them.
async fn desk() -> Desk {
    let desk = Desk::new();
    let record = FieldValues::record;
    let p4 = record("P4", vec![Field::new("x", vec![1.0_f32, 2.0, 3.0])]);
    let muons = record(
        "Muon",
        vec![
            Field::new("pt", vec![30.0_f32, 10.0, 25.0]),
            Field::new("charge", vec![1_i32, -1, -1]),
            Field::new("p4", p4),
        ],
    );
    let hits = record("Hit", vec![Field::new("e", vec![0.5_f32, 1.5, 2.5, 3.5])]);
    let event = record(
        "Event",
        vec![
            Field::new("id", vec![7_i64, 8, 9]),
            Field::new(
                "sub",
                record("Sub", vec![Field::new("x", vec![0.1_f64, 0.2, 0.3])]),
            ),
            Field::new("hits", FieldValues::list(&[0, 1, 3, 4], hits)),
        ],
    );
    let only = record(
        "Only",
        vec![Field::new(
            "maybe",
            FieldValues::optional(&[true, false, false], vec![5_i32]),
        )],
    );
    let fields = [
        Field::new("run", vec![1_i32, 2, 3]),
        Field::new("Muon", FieldValues::list(&[0, 2, 2, 3], muons)),
        Field::new("evt", event),
        Field::new("only", only),
        Field::new("w", FieldValues::list(&[0, 0, 1, 1], vec![4.0_f64])),
    ];
    let mut file = FileWriter::create(desk.path("fields.root")).unwrap();
    let options = NtupleOptions::new().entries_per_cluster(2);
    file.rntuple("t", options, &fields).unwrap();
    file.finish().unwrap();
    desk.register("t", "fields.root").await;
    desk
}

const HEADER: &str = "run Muon evt only w";
const FIRST: &str = "1 [{pt: 30.0, charge: 1, p4: {x: 1.0}}, {pt: 10.0, charge: -1, p4: {x: 2.0}}] \
                     {id: 7, sub: {x: 0.1}, hits: [{e: 0.5}]} {maybe: 5} []";
const SECOND: &str = "2 [] {id: 8, sub: {x: 0.2}, hits: [{e: 1.5}, {e: 2.5}]} {maybe: } [4.0]";
const THIRD: &str = "3 [{pt: 25.0, charge: -1, p4: {x: 3.0}}] {id: 9, sub: {x: 0.3}, hits: [{e: 3.5}]} \
                     {maybe: } []";

#[rstest]
#[case::all("SELECT * FROM t", &[FIRST, SECOND, THIRD])]
#[case::of_a_table("SELECT x.* FROM t AS x WHERE x.run = 3", &[THIRD])]
#[case::filtered_by_a_part("SELECT * FROM t WHERE evt.id = 8", &[SECOND])]
#[case::ordered_by_a_part("SELECT * FROM t ORDER BY evt.sub.x DESC LIMIT 1", &[THIRD])]
#[case::of_a_sub_query("SELECT * FROM (SELECT * FROM t WHERE len(Muon) = 1) WHERE evt.id > 8", &[THIRD])]
#[case::of_a_view("CREATE VIEW v AS SELECT * FROM t WHERE evt.id < 8; SELECT * FROM v", &[FIRST])]
#[case::distinct("SELECT DISTINCT * FROM t WHERE Muon.pt[0] = 30", &[FIRST])]
#[tokio::test]
async fn a_star_shows_fields_as_the_file_has_them(#[case] sql: &str, #[case] rows: &[&str]) {
    let found = desk().await.table(sql).await;

    assert_eq!(found[0], HEADER);
    assert_eq!(found[1..], *rows);
}

#[rstest]
#[case::of_a_table(
    r#"CREATE TABLE m AS SELECT 5 AS "evt.id", 8 AS id; {} m"#,
    "run evt.id id"
)]
#[case::of_an_alias(
    r#"CREATE TABLE k AS SELECT 5 AS "evt.id", 8 AS id; {} k AS m"#,
    "run evt.id id"
)]
#[case::of_a_sub_query(r#"{} (SELECT 5 AS "evt.id", 8 AS id) AS m"#, "run evt.id id")]
#[case::named_by_an_alias(r#"{} (SELECT 5, 8) AS m("evt.id", id)"#, "run evt.id id")]
#[case::in_a_with(r#"WITH m AS (SELECT 5 AS "evt.id", 8 AS id) {} m"#, "run evt.id id")]
#[case::called_as_a_collection(
    r#"{} (SELECT 5 AS "evt.hits", 8 AS id) AS m WHERE len(t.evt.hits) > 0"#,
    "run evt.hits id"
)]
#[tokio::test]
async fn a_star_shows_what_others_call_like_a_part(#[case] sql: &str, #[case] header: &str) {
    let star = "SELECT * EXCLUDE (Muon, evt, only, w) FROM t JOIN";
    let sql = sql.replace("{}", star);
    let sql = match sql.split_once(" WHERE ") {
        Some((tables, filter)) => format!("{tables} ON t.evt.id = m.id WHERE {filter}"),
        None => format!("{sql} ON t.evt.id = m.id"),
    };

    assert_eq!(desk().await.table(&sql).await, [header, "2 5 8"]);
}

#[rstest]
#[case::a_part("SELECT evt.id, Muon.pt FROM t", &["evt.id Muon.pt", "7 [30.0, 10.0]", "8 []", "9 [25.0]"])]
#[case::in_quotes(r#"SELECT "evt.sub.x" FROM t WHERE "run" = 2"#, &["evt.sub.x", "0.2"])]
#[case::a_field("SELECT evt FROM t WHERE run = 1", &["evt", "{id: 7, sub: {x: 0.1}, hits: [{e: 0.5}]}"])]
#[case::a_record_in_it("SELECT evt.sub FROM t WHERE run = 1", &["evt.sub", "{x: 0.1}"])]
#[case::a_list_in_it("SELECT evt.hits FROM t WHERE run = 3", &["evt.hits", "[{e: 3.5}]"])]
#[case::all_parts(
    "SELECT evt.* FROM t WHERE run = 1",
    &["evt.id evt.sub.x evt.hits.e", "7 0.1 [0.5]"]
)]
#[case::beside_a_star(
    "SELECT t.evt.id, x.*, t.Muon.pt FROM (SELECT * EXCLUDE (Muon, evt, only) FROM t WHERE evt.id = 8) AS x \
     JOIN t ON x.run = t.run",
    &["evt.id run w Muon.pt", "8 2 [4.0] []"]
)]
#[case::listed_beside_a_star(
    "SELECT evt.id, * EXCLUDE (Muon, evt, only) FROM t WHERE evt.sub.x > 0.25",
    &["evt.id run w", "9 3 []"]
)]
#[case::grouped_below_a_star(
    "SELECT * FROM (SELECT evt.id, count(*) AS n FROM t GROUP BY evt.id) WHERE evt.id = 9",
    &["evt.id n", "9 1"]
)]
#[case::of_a_view(
    r#"CREATE VIEW v AS SELECT * FROM t; SELECT evt.id, "evt.sub.x", v.Muon.pt FROM v WHERE "evt.id" = 9"#,
    &["evt.id evt.sub.x v.Muon.pt", "9 0.3 [25.0]"]
)]
#[case::joined_by_a_part(
    "SELECT a.run FROM t AS a JOIN t AS b USING (evt.id) WHERE b.evt.id = 7",
    &["run", "1"]
)]
#[case::never_null("SELECT count(*) AS n FROM t WHERE only IS NOT NULL", &["n", "3"])]
#[tokio::test]
async fn names_of_parts_and_fields_give_just_these(#[case] sql: &str, #[case] rows: &[&str]) {
    assert_eq!(desk().await.table(sql).await, rows);
}

#[rstest]
#[case::filtered("SELECT Muon[Muon.pt > 20].charge AS q FROM t", &["q", "[1]", "[]", "[-1]"])]
#[case::paired("SELECT (pairs(Muon).a.pt + pairs(Muon).b.pt) AS s FROM t", &["s", "[40.0]", "[]", "[]"])]
#[case::in_a_record("SELECT sum(evt.hits.e) AS s, len(evt.hits) AS n FROM t", &["s n", "0.5 1", "4.0 2", "3.5 1"])]
#[case::its_members(
    "SELECT evt.hits[evt.hits.e > 2][0].e AS e FROM t",
    &["e", "", "2.5", "3.5"]
)]
#[case::a_record_in_it("SELECT Muon.p4.x AS x FROM t", &["x", "[1.0, 2.0]", "[]", "[3.0]"])]
#[case::beside_a_star(
    "SELECT * EXCLUDE (evt, only, w) FROM t WHERE any(Muon.charge < 0) AND len(evt.hits) = 1 AND run > 1",
    &["run Muon", "3 [{pt: 25.0, charge: -1, p4: {x: 3.0}}]"]
)]
#[tokio::test]
async fn collections_of_classes_are_collections(#[case] sql: &str, #[case] rows: &[&str]) {
    assert_eq!(desk().await.table(sql).await, rows);
}

#[rstest]
#[case::a_part("SELECT evt.id FROM t", "evt.id")]
#[case::of_a_collection("SELECT sum(Muon[Muon.pt > 20].charge) FROM t", "Muon.charge, Muon.pt")]
#[case::in_a_view(
    "CREATE VIEW v AS SELECT * FROM t; SELECT evt.sub.x FROM v WHERE Muon[0].pt > 1",
    "evt.sub.x, Muon.pt"
)]
#[case::of_a_star(
    "SELECT x.evt.id FROM (SELECT * FROM t WHERE run > 1) AS x",
    "evt.id, run"
)]
#[tokio::test]
async fn only_the_parts_used_are_read(#[case] sql: &str, #[case] columns: &str) {
    let desk = desk().await;
    let (before, query) = sql.rsplit_once("; ").unwrap_or(("SELECT 1", sql));
    desk.rows(before).await;

    let plan = printed(&desk.rows(&format!("EXPLAIN {query}")).await).join("\n");

    let read = plan.split_once("projection=[").unwrap().1;
    let mut read: Vec<&str> = read.split_once(']').unwrap().0.split(", ").collect();
    read.sort_unstable();
    let mut wanted: Vec<&str> = columns.split(", ").collect();
    wanted.sort_unstable();
    assert_eq!(read, wanted, "{plan}");
}

#[tokio::test]
async fn a_description_shows_fields() {
    let rows = desk().await.table("DESCRIBE t").await;

    let names: Vec<&str> = rows[1..]
        .iter()
        .filter_map(|row| row.split(' ').next())
        .collect();
    assert_eq!(names, ["run", "Muon", "evt", "only", "w"]);
}

#[tokio::test]
async fn a_part_cannot_be_left_out_of_its_field() {
    let message = desk().await.error("SELECT * EXCLUDE (evt.id) FROM t").await;

    assert!(message.contains("`evt.id` is a part of `evt`"), "{message}");
}

#[tokio::test]
async fn a_copy_holds_whole_fields_and_nothing_else() {
    let desk = desk().await;

    desk.rows("COPY t TO '@/copy.parquet'").await;
    let rows = desk
        .table("SELECT * FROM '@/copy.parquet' WHERE evt.id = 8")
        .await;

    assert_eq!(rows, [HEADER, SECOND]);
}

#[tokio::test]
async fn a_part_that_was_written_alone_stays_alone() {
    let desk = desk().await;

    desk.rows("COPY (SELECT evt.id, Muon.pt FROM t) TO '@/parts.parquet'")
        .await;
    let rows = desk.table("SELECT * FROM '@/parts.parquet' LIMIT 1").await;

    assert_eq!(rows, ["evt.id Muon.pt", "7 [30.0, 10.0]"]);
}

fn names_of(frame: &Frame) -> Vec<String> {
    let schema = frame.schema();
    schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect()
}

#[tokio::test]
async fn a_frame_has_whole_fields_and_finds_their_parts() {
    let desk = desk().await;
    let frame = desk.session.read("t").await.unwrap();

    assert_eq!(names_of(&frame), ["run", "Muon", "evt", "only", "w"]);

    let rows = frame
        .filter("evt.id > 7", "")
        .unwrap()
        .define("n", "len(evt.hits)")
        .unwrap()
        .select(&["evt.id", r#""Muon.pt""#, "n"])
        .unwrap()
        .collect()
        .await
        .unwrap();
    assert_eq!(printed(&rows)[1..], ["8 [] 2", "9 [25.0] 1"]);
}

#[tokio::test]
async fn paths_in_quotes_name_columns_of_frames() {
    let desk = desk().await;
    let frame = desk.session.read("t").await.unwrap();

    let parts = frame
        .select(&[r#""Muon"."pt""#, r#""evt"."sub"."x""#])
        .unwrap();
    let groups = frame.aggregate(&[r#""evt"."id""#], &[("n", "count(*)")]);

    assert_eq!(names_of(&parts), ["Muon.pt", "evt.sub.x"]);
    assert_eq!(names_of(&groups.unwrap()), ["evt.id", "n"]);
}

#[tokio::test]
async fn a_member_of_a_class_that_is_missing_is_null() {
    let desk = Desk::new();
    let hit = FieldValues::record("Hit", vec![Field::new("e", vec![0.5_f32, 1.5])]);
    let fields = [Field::new(
        "hit",
        FieldValues::optional(&[true, false, true], hit),
    )];
    let mut file = FileWriter::create(desk.path("o.root")).unwrap();
    file.rntuple("t", NtupleOptions::new(), &fields).unwrap();
    file.finish().unwrap();
    desk.register("t", "o.root").await;

    let rows = desk
        .table("SELECT hit.e, hit IS NULL AS gone, hit.e IS NULL AS less FROM t")
        .await;
    assert_eq!(
        rows,
        [
            "hit.e gone less",
            "0.5 false false",
            " true true",
            "1.5 false false"
        ]
    );
}

#[tokio::test]
async fn a_part_of_a_frame_is_replaced_within_its_field() {
    let desk = desk().await;
    let frame = desk.session.read("t").await.unwrap();

    let frame = frame.redefine("Muon.pt", "Muon.pt * 2").unwrap();
    let frame = frame.redefine("evt.hits.e", "evt.hits.e + 1").unwrap();
    let rows = frame
        .select(&["Muon.pt", "Muon", "evt"])
        .unwrap()
        .limit(1)
        .unwrap();

    assert_eq!(
        printed(&rows.collect().await.unwrap())[1..],
        ["[60.0, 20.0] \
          [{pt: 60.0, charge: 1, p4: {x: 1.0}}, {pt: 20.0, charge: -1, p4: {x: 2.0}}] \
          {id: 7, sub: {x: 0.1}, hits: [{e: 1.5}]}"]
    );
    let taken = frame.define("Muon.charge", "1").unwrap_err();
    assert!(taken.to_string().contains("Muon.charge"), "{taken}");
}

#[tokio::test]
async fn frames_are_joined_by_parts() {
    let desk = desk().await;
    let left = desk
        .session
        .read("t")
        .await
        .unwrap()
        .select(&["run", "evt"])
        .unwrap();
    let right = desk.session.read("t").await.unwrap();
    let right = right
        .filter("evt.id = 8", "")
        .unwrap()
        .select(&["evt", "w"])
        .unwrap();

    let rows = left.join(&right, &["evt.id"], JoinKind::Inner).unwrap();
    let rows = rows.select(&["run", "w"]).unwrap().collect().await.unwrap();

    assert_eq!(printed(&rows), ["run w", "2 [4.0]"]);
}

#[tokio::test]
async fn variants_are_shown_and_written_where_there_is_a_type_for_them() {
    let desk = Desk::new();
    let alternatives = vec![vec![7_i32].into(), vec![1.5_f64].into()];
    let fields = [
        Field::new("id", vec![1_i32, 2, 3]),
        Field::new(
            "v",
            FieldValues::variant(&[Some(1), None, Some(0)], alternatives),
        ),
    ];
    let mut file = FileWriter::create(desk.path("v.root")).unwrap();
    file.rntuple("t", NtupleOptions::new(), &fields).unwrap();
    file.finish().unwrap();

    let rows = desk.table("SELECT v FROM '@/v.root' WHERE id <> 2").await;
    assert_eq!(rows, ["v", "{_1=1.5}", "{_0=7}"]);

    for kind in ["parquet", "json", "csv"] {
        let copy = format!("COPY (SELECT * FROM '@/v.root') TO '@/v.{kind}'");
        let refused = desk.error(&copy).await;
        assert!(refused.contains("column `v`; copy to .arrow"), "{refused}");
    }
    let copy = "COPY (SELECT * FROM '@/v.root') TO '@/v.arrow'";
    assert_eq!(desk.table(copy).await, ["count", "3"]);
}
