//! The engine's desk, in three places at once: this process, a cluster inside it, a cluster of
//! other processes. Every answer must be the same in all three.

use std::ops::Deref;

use arrow::record_batch::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use hepframe_engine::Session;

use super::clusters;
pub(crate) use super::local_files::{printed, write_events};

/// Statements whose answer tells of the place.
const OF_THE_PLACE: [&str; 2] = ["EXPLAIN", "SHOW"];

/// A directory with a ROOT file, and three sessions.
pub(crate) struct Desk {
    local: super::local_files::Desk,
    elsewhere: tokio::sync::OnceCell<[(&'static str, Session); 2]>,
}

impl Deref for Desk {
    type Target = super::local_files::Desk;

    fn deref(&self) -> &Self::Target {
        &self.local
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            local: super::local_files::Desk::new(),
            elsewhere: tokio::sync::OnceCell::new(),
        }
    }

    async fn elsewhere(&self) -> &[(&'static str, Session); 2] {
        let connect = || async {
            let [inside, outside] = clusters::urls();
            [
                (
                    "a cluster in this process",
                    Session::connect(&inside).await.unwrap(),
                ),
                (
                    "a cluster of processes",
                    Session::connect(&outside).await.unwrap(),
                ),
            ]
        };
        self.elsewhere.get_or_init(connect).await
    }

    /// Gives a file of the directory a name.
    pub(crate) async fn register(&self, name: &str, file: &str) {
        self.local.register(name, file).await;
        let location = self.local.path(file).display().to_string();
        for (_, session) in self.elsewhere().await {
            session
                .register(name, std::slice::from_ref(&location))
                .await
                .unwrap();
        }
    }

    /// The rows here; those elsewhere may come in another order.
    pub(crate) async fn rows(&self, text: &str) -> Vec<RecordBatch> {
        self.rows_as(text, &|rows| {
            let mut lines = lines(rows);
            lines.sort_unstable();
            lines
        })
        .await
    }

    /// The rows; elsewhere they come in the same order.
    pub(crate) async fn rows_in_order(&self, text: &str) -> Vec<RecordBatch> {
        self.rows_as(text, &lines).await
    }

    async fn rows_as(
        &self,
        text: &str,
        shown: &dyn Fn(&[RecordBatch]) -> Vec<String>,
    ) -> Vec<RecordBatch> {
        let here = self.local.rows(text).await;
        let text = self.local.sql(text);
        for (place, session) in self.elsewhere().await {
            let there = session
                .collect(&text)
                .await
                .unwrap_or_else(|error| panic!("on {place}: {text}\n{error}"));
            let last = text
                .rsplit(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_uppercase();
            if !OF_THE_PLACE.iter().any(|word| last.starts_with(word)) {
                assert_eq!(shown(&there), shown(&here), "on {place}: {text}");
            }
        }
        here
    }

    /// The rows as lines of cells, the header first.
    pub(crate) async fn table(&self, text: &str) -> Vec<String> {
        printed(&self.rows(text).await)
    }

    pub(crate) async fn error(&self, text: &str) -> String {
        let here = self.local.error(text).await;
        let text = self.local.sql(text);
        for (place, session) in self.elsewhere().await {
            match session.collect(&text).await {
                Ok(_) => panic!("no error on {place}: {text}"),
                Err(error) => assert_eq!(error.to_string(), here, "on {place}: {text}"),
            }
        }
        here
    }
}

/// Header and rows.
fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let filled: Vec<_> = batches
        .iter()
        .filter(|batch| batch.num_rows() > 0)
        .cloned()
        .collect();
    let printed = pretty_format_batches(&filled).unwrap().to_string();
    printed.lines().map(str::to_owned).collect()
}
