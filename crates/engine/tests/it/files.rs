//! Small files and short ways to ask about them.

use std::path::{Path, PathBuf};

use arrow::record_batch::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use hepframe_engine::Session;
use hepframe_root_write::{Column, FileWriter, TreeOptions};
use tempfile::TempDir;

/// A directory with a ROOT file, and a session.
pub(crate) struct Desk {
    pub(crate) session: Session,
    directory: TempDir,
}

impl Desk {
    /// With `events.root`: ten events in the tree `Events`, three clusters.
    pub(crate) fn new() -> Self {
        let desk = Self {
            session: Session::local().unwrap(),
            directory: TempDir::new().unwrap(),
        };
        write_events(&desk.path("events.root"), 0..10);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// SQL with `@` standing for the directory.
    pub(crate) fn sql(&self, text: &str) -> String {
        text.replace('@', &self.directory.path().display().to_string())
    }

    /// Gives a file of the directory a name.
    pub(crate) async fn register(&self, name: &str, file: &str) {
        let location = self.path(file).display().to_string();
        self.session.register(name, &[location]).await.unwrap();
    }

    pub(crate) async fn rows(&self, text: &str) -> Vec<RecordBatch> {
        let text = self.sql(text);
        self.session
            .collect(&text)
            .await
            .unwrap_or_else(|error| panic!("{text}\n{error}"))
    }

    /// The rows as lines of cells, the header first.
    pub(crate) async fn table(&self, text: &str) -> Vec<String> {
        printed(&self.rows(text).await)
    }

    pub(crate) async fn error(&self, text: &str) -> String {
        match self.session.collect(&self.sql(text)).await {
            Ok(_) => panic!("no error: {text}"),
            Err(error) => error.to_string(),
        }
    }
}

/// Rows as lines of cells, the header first.
pub(crate) fn printed(rows: &[RecordBatch]) -> Vec<String> {
    let printed = pretty_format_batches(rows).unwrap().to_string();
    printed
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            cells.join(" ")
        })
        .collect()
}

/// Events `numbers`: flat, list and dotted branches.
pub(crate) fn write_events(path: &Path, numbers: std::ops::Range<i32>) {
    let ids: Vec<i32> = numbers.collect();
    let counts: Vec<i32> = ids.iter().map(|id| id % 3).collect();
    let pts: Vec<f32> = ids
        .iter()
        .zip(&counts)
        .flat_map(|(id, count)| (0..*count).map(move |muon| id * 10 + muon))
        .map(|pt| f32::from(i16::try_from(pt).unwrap()))
        .collect();
    let columns = [
        ("id", Column::flat(ids.clone())),
        ("nMuon", Column::flat(counts)),
        ("Muon_pt", Column::counted("nMuon", pts)),
        (
            "evt.N",
            Column::flat(ids.iter().map(|id| id * id).collect::<Vec<i32>>()),
        ),
        (
            "evt.P.x",
            Column::flat(
                ids.iter()
                    .map(|id| f64::from(*id) / 2.0)
                    .collect::<Vec<f64>>(),
            ),
        ),
    ];
    let mut file = FileWriter::create(path).unwrap();
    let options = TreeOptions::new()
        .entries_per_cluster(4)
        .entries_per_basket(2);
    file.tree("Events", options, &columns).unwrap();
    file.finish().unwrap();
}
