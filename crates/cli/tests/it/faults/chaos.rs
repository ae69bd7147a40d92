//! Kills in a row, at moments nobody chose: `make chaos`.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::losses::{Running, numbers, slow_end, slow_scan, sum_of_ids};
use super::processes::{Processes, write_files};

const KILLS: u64 = 20;
const EXECUTORS: usize = 3;
/// The queries take a few seconds; a kill comes within the first of these.
const LATEST_MS: u64 = 4_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; `make chaos` runs it"]
async fn twenty_random_kills_cost_no_row() {
    let mut cluster = Processes::start(EXECUTORS).await;
    let rows = write_files(&cluster.path("many"), 24);
    let session = cluster.session().await;
    let directory = cluster.path("many").display().to_string();
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut random = Random(started.as_secs());
    eprintln!("seed {}", started.as_secs());

    for kill in 0..KILLS {
        let (name, sql, expected) = match random.below(2) {
            0 => ("scan", slow_scan(&directory), (rows, sum_of_ids(rows))),
            _ => ("later stage", slow_end(&directory), (200, rows)),
        };
        let began = Instant::now();
        let query = Running::start(&session, &sql).await;
        let moment = Duration::from_millis(random.below(LATEST_MS));
        tokio::time::sleep(moment).await;
        let killed = usize::try_from(random.below(EXECUTORS as u64)).unwrap();
        cluster.kill_executor(killed);

        let answer = query.end().await.unwrap();

        assert_eq!(
            numbers(&answer),
            expected,
            "kill {kill} of {name} after {moment:?}"
        );
        eprintln!(
            "kill {kill}: {name}, after {moment:?}, answered in {:?}",
            began.elapsed()
        );
        cluster.replace_executor(killed);
        cluster.until_executors(EXECUTORS).await;
    }
}

/// Numbers that look random: the constants of Knuth's MMIX.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}
