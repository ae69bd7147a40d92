//! A few real files, where the shared data folder is there: one of each way a scan may be cut.
//! (That all files of the folder give the right values is checked by `tests/reference.sh`.)

use std::path::PathBuf;

use datafusion::catalog::TableProvider;
use hepframe_root_source::{RootUri, inspect, not_utf8_column};

use crate::fixture::{cache, numbers, open, run, session, tiny_steps};

/// Clusters, codecs, baskets in the tree's record, counters, vectors, big baskets, old files.
const FILES: [&str; 12] = [
    "tt_clusters_s1.root",
    "tt_codecs_s1.root",
    "tt_embedded_s1.root",
    "tt_recovered_s1.root",
    "tt_iofeatures_s1.root",
    "tt_arrays_s1.root",
    "tt_stl_s1.root",
    "tt_big_baskets_s1.root",
    "uproot-HZZ-zlib.root",
    "uproot-Zmumu-lz4.root",
    "uproot-small-dy-nooffsets.root",
    "uproot-sample-5.23.02-zlib.root",
];

/// The folder, if it is there.
fn shared_folder() -> Option<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/files");
    PathBuf::from(folder).canonicalize().ok()
}

/// Files of the folder, none if it is not there.
fn shared_files() -> Vec<PathBuf> {
    let Some(folder) = shared_folder() else {
        return Vec::new();
    };
    let there = |path: &PathBuf| path.try_exists().unwrap_or(false);
    FILES
        .iter()
        .map(|name| folder.join(name))
        .filter(there)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tree_of_these_real_files_gives_all_its_rows() {
    let context = session(3);
    let mut failures = Vec::new();
    for path in shared_files() {
        let uri = RootUri::parse(path.to_str().unwrap());
        let report = match inspect(&context.state(), &uri, &cache().metadata).await {
            Ok(report) => report,
            Err(error) => {
                failures.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        for tree in report
            .trees
            .iter()
            .filter(|tree| tree.class.starts_with('T'))
        {
            let uri = format!("{}:{};{}", path.display(), tree.path, tree.cycle);
            if let Err(error) = scan_everything(&uri, tree.entries).await {
                failures.push(format!("{uri}: {error}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

async fn scan_everything(uri: &str, entries: u64) -> datafusion::error::Result<()> {
    let context = session(3);
    let table = open(&context, &[uri], tiny_steps()).await?;
    if table.schema().fields().is_empty() {
        return Ok(());
    }
    let rows: u64 = loop {
        match run(&context, "SELECT * FROM t").await {
            Ok((batches, _)) => break batches.iter().map(|batch| batch.num_rows() as u64).sum(),
            Err(error) => match not_utf8_column(&error) {
                Some(column) if table.read_as_binary(&column) => {}
                _ => return Err(error),
            },
        }
    };
    assert_eq!(entries, rows, "{uri}");
    Ok(())
}

#[tokio::test]
async fn real_files_of_a_growing_schema_are_one_table() {
    let Some(folder) = shared_folder() else {
        return;
    };
    let context = session(4);
    // 0 is the base, 1 lacks `hlt`, 3 has `extra`, 4 has no entries; 2 has `evt` unsigned.
    let uri = |digits: &str| format!("{}/tt_chain_s1_[{digits}].root:Events", folder.display());
    let table = open(&context, &[&uri("0134")], tiny_steps()).await.unwrap();
    let without_hlt = open(&session(1), &[&uri("1")], tiny_steps())
        .await
        .unwrap()
        .entries();
    let error = open(&session(1), &[&uri("0-4")], tiny_steps())
        .await
        .unwrap_err()
        .to_string();

    assert_eq!(table.files(), 4);
    let counts = numbers(
        &context,
        "SELECT count(*) - count(hlt) FROM t WHERE run > 0",
    )
    .await;
    assert_eq!(counts, [without_hlt as f64]);
    let extra = numbers(&context, "SELECT count(*) FROM t WHERE extra IS NOT NULL").await;
    let run_3 = numbers(&context, "SELECT count(*) FROM t WHERE run = 1003").await;
    assert_eq!(extra, run_3);
    assert!(
        error.contains("column `evt` is Int64") && error.contains("_2.root"),
        "{error}"
    );
}
