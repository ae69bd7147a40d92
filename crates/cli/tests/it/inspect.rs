//! `hepframe inspect` and `hepframe demo`.

use crate::desk::Desk;

#[test]
fn a_file_is_shown_as_a_table_of_columns() {
    let desk = Desk::new();

    let ended = desk.run(&["inspect", "events.root"]);

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("2 000 entries"), "{}", ended.out);
    let muon_pt = ended
        .out
        .lines()
        .find(|line| line.trim_start().starts_with("Muon_pt"))
        .unwrap();
    assert!(
        muon_pt.contains("Float_t") && muon_pt.contains("zstd"),
        "{muon_pt}"
    );
}

#[test]
fn json_has_every_column() {
    let desk = Desk::new();

    let ended = desk.run(&["inspect", "--json", "events.root:Events"]);

    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let columns = report["trees"][0]["columns"].as_array().unwrap();
    assert!(
        columns.iter().any(|column| column["name"] == "Jet_eta"),
        "{report}"
    );
}

#[test]
fn a_directory_says_of_how_many_files_it_shows_the_first() {
    let desk = Desk::new();
    std::fs::copy(desk.path("events.root"), desk.path("more.root")).unwrap();

    let one = desk.run(&["inspect", "events.root"]);
    let all = desk.run(&["inspect", "."]);

    assert!(!one.out.contains("the first of"), "{}", one.out);
    assert!(
        all.out.contains("this is the first of 2 files"),
        "{}",
        all.out
    );
}

#[test]
fn a_missing_file_is_told() {
    let ended = Desk::new().run(&["inspect", "event.root"]);

    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("event.root"), "{}", ended.err);
}

#[test]
fn the_demo_draws_a_peak_and_keeps_its_file() {
    let desk = Desk::new();

    let ended = desk.run(&["demo", "--events", "5000"]);

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.out.contains('█') && ended.out.contains("GeV"),
        "{}",
        ended.out
    );
    assert!(desk.names().contains(&"hepframe-demo.root".to_owned()));
}
