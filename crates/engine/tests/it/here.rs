//! What holds in one process only: a cluster tells whole paths.

use crate::files::Desk;

#[tokio::test]
async fn a_name_that_is_neither_table_nor_file_is_told_as_it_was_typed() {
    let desk = Desk::new();
    desk.rows(r#"CREATE TABLE "a.b" AS SELECT 1 AS x; DROP TABLE "a.b" "#)
        .await;

    let error = desk.error(r#"SELECT * FROM "a.b""#).await;
    assert!(error.contains("a.b: no such file"), "{error}");
    let error = desk
        .error(r#"CREATE TABLE "a.b" AS SELECT * FROM "x.y""#)
        .await;
    assert!(error.contains("x.y: no such file"), "{error}");
}
