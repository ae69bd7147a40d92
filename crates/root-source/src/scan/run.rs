//! Files that one run of a plan has looked at, so that all its partitions look once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::error::Result;
use object_store::ObjectMeta;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::threads::share_last_task;

/// The current run of a plan. A plan may run again; files are then looked at again.
#[derive(Debug, Default, Clone)]
pub(crate) struct RunFiles(Arc<Mutex<Run>>);

#[derive(Debug, Default)]
struct Run {
    partitions: HashSet<usize>,
    looks: Arc<Looks>,
}

/// What the store says of the files, by path.
#[derive(Debug, Default)]
pub(crate) struct Looks(Mutex<HashMap<String, Arc<OnceCell<ObjectMeta>>>>);

/// Who holds the cell of a look that nobody else waits for: the map and who looks.
const ALONE: usize = 2;

impl RunFiles {
    /// Begins a partition. One that had begun before is of another run.
    pub(crate) fn begin(&self, partition: usize) -> Arc<Looks> {
        let mut run = self.0.lock();
        if !run.partitions.insert(partition) {
            *run = Run::default();
            run.partitions.insert(partition);
        }
        Arc::clone(&run.looks)
    }
}

impl Looks {
    /// What `look` gave the first time that it succeeded for this path.
    pub(crate) async fn once(
        &self,
        path: &str,
        look: impl Future<Output = Result<ObjectMeta>>,
    ) -> Result<ObjectMeta> {
        let cell = Arc::clone(self.0.lock().entry(path.to_owned()).or_default());
        let found = cell.get_or_try_init(|| look).await.cloned();
        if Arc::strong_count(&cell) > ALONE {
            // Whoever looked goes on reading its partition; those that it woke would begin when it
            // is half done.
            share_last_task();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> ObjectMeta {
        ObjectMeta {
            location: object_store::path::Path::from("x"),
            last_modified: std::time::SystemTime::now().into(),
            size: 1,
            e_tag: None,
            version: None,
        }
    }

    #[tokio::test]
    async fn partitions_of_a_run_look_once_and_the_next_run_looks_again() {
        let run = RunFiles::default();
        let looks = Mutex::new(0);
        let look = || async {
            *looks.lock() += 1;
            Ok(found())
        };

        for partition in [0, 1, 2, 0, 1] {
            run.begin(partition).once("x", look()).await.unwrap();
        }

        assert_eq!(*looks.lock(), 2);
    }

    #[test]
    fn who_waited_for_a_look_runs_beside_who_looked() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        let looks = Arc::<Looks>::default();
        let (done, both_ran) = std::sync::mpsc::channel();
        // Each blocks its thread until the other has come as far.
        let both = Arc::new(std::sync::Barrier::new(2));

        for _ in 0..2 {
            let (looks, both, done) = (Arc::clone(&looks), Arc::clone(&both), done.clone());
            runtime.spawn(async move {
                let look = async {
                    // Until the other waits: the map has the cell, and so has each of the two.
                    while looks
                        .0
                        .lock()
                        .values()
                        .any(|cell| Arc::strong_count(cell) <= ALONE)
                    {
                        tokio::task::yield_now().await;
                    }
                    Ok(found())
                };
                looks.once("x", look).await.unwrap();
                both.wait();
                done.send(()).unwrap();
            });
        }

        let patience = std::time::Duration::from_secs(20);
        let ran = [(); 2].map(|()| both_ran.recv_timeout(patience).is_ok());
        runtime.shutdown_background();
        assert_eq!(ran, [true; 2]);
    }
}
