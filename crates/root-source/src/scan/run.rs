//! Files that one run of a plan has looked at, so that all its partitions look once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::error::Result;
use object_store::ObjectMeta;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

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
        cell.get_or_try_init(|| look).await.cloned()
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
}
