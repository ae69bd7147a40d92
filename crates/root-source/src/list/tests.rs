//! What locations mean, on directories made for it.

use std::sync::Arc;

use datafusion::prelude::SessionContext;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt};
use rstest::rstest;

use super::*;
use crate::fetch::displayed;

fn files() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "run1.root",
        "run2.root",
        "notes.txt",
        "odd #% [1]*?.root",
        ".hidden.root",
        "sub/a.root",
        "sub/._a.root",
        "sub/.trash/a.root",
        "sub/deep/b.root",
        "sub2/c.root",
    ] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"root").unwrap();
    }
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    std::fs::write(dir.path().join("empty/x.txt"), b"").unwrap();
    dir
}

#[rstest]
#[case::a_file("run1.root", &["run1.root"])]
#[case::a_glob("run*.root", &["run1.root", "run2.root"])]
#[case::one_character("run?.root", &["run1.root", "run2.root"])]
#[case::a_set("run[2-9].root", &["run2.root"])]
#[case::a_directory("sub", &["sub/a.root"])]
#[case::a_directory_with_slash("sub/", &["sub/a.root"])]
#[case::a_glob_of_directories("sub*", &["sub/a.root", "sub2/c.root"])]
#[case::a_glob_in_the_middle("s*/*.root", &["sub/a.root", "sub2/c.root"])]
#[case::any_depth("sub/**/*.root", &["sub/a.root", "sub/deep/b.root"])]
#[case::special_characters("odd #% [1]*?.root", &["odd #% [1]*?.root"])]
#[case::dots("sub/../run1.root", &["run1.root"])]
#[case::any_file_by_name("notes.txt", &["notes.txt"])]
#[tokio::test]
async fn a_location_means_these_files(#[case] location: &str, #[case] expected: &[&str]) {
    let dir = files();
    let root = dir.path().to_str().unwrap();
    let state = SessionContext::new().state();

    let listing = list(&state, &format!("{root}/{location}")).await.unwrap();

    let found: Vec<String> = listing
        .files
        .iter()
        .map(|meta| displayed(&listing.store, &meta.location)[root.len() + 1..].to_owned())
        .collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_file_url_is_a_path() {
    let dir = files();
    let url = Url::from_file_path(dir.path().join("odd #% [1]*?.root")).unwrap();
    let state = SessionContext::new().state();

    assert_eq!(list(&state, url.as_str()).await.unwrap().files.len(), 1);
}

#[rstest]
#[case::a_typo("rnu1.root", "rnu1.root`; there is `", "run1.root`")]
#[case::a_glob("ru*.rot", "no file matches `", "ru*.rot`")]
#[case::an_empty_directory("empty", "holds no file named *.root", "empty`")]
#[tokio::test]
async fn a_location_without_files_says_what_was_tried(
    #[case] location: &str,
    #[case] part: &str,
    #[case] other: &str,
) {
    let dir = files();
    let state = SessionContext::new().state();
    let location = format!("{}/{location}", dir.path().to_str().unwrap());

    let error = list(&state, &location).await.unwrap_err().to_string();

    assert!(error.contains(part) && error.contains(other), "{error}");
}

async fn error_of(location: &str) -> String {
    let state = SessionContext::new().state();
    list(&state, location).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_listed_file_is_described_as_its_store_describes_it() {
    let dir = files();
    let state = SessionContext::new().state();
    let location = format!("{}/run1.root", dir.path().display());

    let listed = list(&state, &location).await.unwrap().files;

    let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new());
    assert_eq!(store.head(&listed[0].location).await.unwrap(), listed[0]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_refused_by_name_and_left_out_of_directories_and_globs() {
    let dir = files();
    let pipe = dir.path().join("sub/run3.root");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let state = SessionContext::new().state();

    let named = error_of(pipe.to_str().unwrap()).await;
    let mut found = Vec::new();
    for location in ["sub", "sub/*.root", "sub/**/*.root"] {
        let location = format!("{}/{location}", dir.path().display());
        found.push(list(&state, &location).await.unwrap().files.len());
    }

    assert!(
        named.contains("run3.root` is not a regular file (it is a pipe)"),
        "{named}"
    );
    assert_eq!(found, [1, 1, 2]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_leads_nowhere_is_an_error_only_where_it_matches() {
    let dir = files();
    let link = |name: &str, target: &str| {
        std::os::unix::fs::symlink(target, dir.path().join(name)).unwrap();
    };
    link("self", "self");
    link("sub/back", "../sub");
    link("gone.root", "nowhere.root");
    let state = SessionContext::new().state();

    let mut found = Vec::new();
    for location in ["run*.root", "s*/*.root", "sub/**/*.root"] {
        let location = format!("{}/{location}", dir.path().display());
        found.push(list(&state, &location).await.unwrap().files.len());
    }
    let matching = error_of(&format!("{}/*.root", dir.path().display())).await;
    let named = error_of(&format!("{}/self", dir.path().display())).await;

    assert_eq!(found, [2, 2, 2]);
    assert!(
        matching.contains("gone.root` cannot be read: it is a link that leads nowhere"),
        "{matching}"
    );
    assert!(named.contains("leads nowhere"), "{named}");
}

#[rstest]
#[case::https("https://x.y/a.root", "remote files (https) are not read yet")]
#[case::s3("s3://bucket/a*.root", "remote files (s3) are not read yet")]
#[case::xrootd("root://host:1094//a.root", "remote files (root) are not read yet")]
#[case::no_host("https:///", "remote files (https) are not read yet")]
#[case::another_machine("file://host/a.root", "write file:///path")]
#[tokio::test]
async fn a_file_far_away_is_refused_with_what_to_do(#[case] location: &str, #[case] part: &str) {
    let error = error_of(location).await;

    assert!(error.contains(part) && error.contains(location), "{error}");
}
