//! The cache statements on a cluster: they reach all executors.

use hepframe_engine::Session;

use super::clusters;
use super::files::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_kept_and_let_go_on_all_executors() {
    let desk = Desk::new();
    let location = desk.path("events.root").display().to_string();
    for url in clusters::urls() {
        let session = Session::connect(&url).await.unwrap();
        let here = |column: &hepframe_engine::ExecutorColumn| column.column.file == location;

        let reports = session.cache_table(&location, &["id"]).await.unwrap();
        assert_eq!((reports[0].columns, reports[0].rows), (1, 10));

        let shown = session.show_cache().await.unwrap();
        let kept: Vec<_> = shown.iter().filter(|column| here(column)).collect();
        assert!(
            kept.iter().all(|kept| kept.column.pinned_bytes > 0),
            "{kept:?}"
        );
        assert!(
            kept.iter().any(|kept| kept.column.column == "id"),
            "{kept:?}"
        );

        assert!(session.uncache_table(&location).await.unwrap() > 0);
        let shown = session.show_cache().await.unwrap();
        assert!(
            shown
                .iter()
                .filter(|column| here(column))
                .all(|c| c.column.pinned_bytes == 0)
        );
    }
}
