//! Columns on disk, from one command to the next.

use serde_json::Value;

use crate::desk::{Desk, Ended};

const SQL: &str = "SELECT count(*), sum(Muon_pt[1]) FROM 'events.root:Events' WHERE nMuon > 1";

fn sql(desk: &Desk, more: &[&str]) -> Ended {
    let words = [
        "sql",
        "--stats",
        "--format",
        "csv",
        SQL,
        "--cache-disk",
        "disk",
    ];
    desk.run(&[&words, more].concat())
}

fn cost(ended: &Ended, name: &str) -> u64 {
    let told: Value = serde_json::from_str(ended.err.lines().next().unwrap()).unwrap();
    told[name].as_u64().unwrap()
}

#[test]
fn a_second_command_reads_nothing_from_the_file() {
    let desk = Desk::new();

    let first = sql(&desk, &[]);
    let second = sql(&desk, &[]);

    assert_eq!((first.code, second.code), (Some(0), Some(0)), "{first:?}");
    assert_eq!(first.out, second.out);
    assert!(cost(&first, "bytes_read") > 0);
    assert_eq!(cost(&second, "bytes_read"), 0);
    assert!(cost(&second, "bytes_from_disk") > 0);
}

#[test]
fn a_disk_that_cannot_be_used_is_an_error_before_the_query() {
    let desk = Desk::new();

    let no_memory = sql(&desk, &["--cache-bytes", "0"]);
    std::fs::write(desk.path("disk"), "no directory").unwrap();
    let no_directory = sql(&desk, &[]);

    for (ended, part) in [
        (no_memory, "needs a cache in memory"),
        (no_directory, "cannot use the directory `disk`"),
    ] {
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended.err.contains(part) && ended.out.is_empty(),
            "{ended:?}"
        );
    }
}

#[test]
fn a_disk_that_another_process_has_is_refused_with_its_number() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("disk")).unwrap();
    let lock = std::fs::File::create_new(desk.path("disk/lock")).unwrap();
    lock.lock().unwrap();
    std::fs::write(desk.path("disk/lock"), "4711\n").unwrap();

    let refused = sql(&desk, &[]);
    drop(lock);

    assert!(refused.err.contains("process 4711 uses it"), "{refused:?}");
    assert_eq!(sql(&desk, &[]).code, Some(0));
}
