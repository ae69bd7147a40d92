//! `COPY .. TO` a file: complete or not there, as with [`FileWriter`](super::FileWriter).
//!
//! DataFusion writes where it is told to, and leaves a well-formed file without rows if the query
//! fails. It is told to write into a directory of our own beside the target.

use std::path::{Path, PathBuf};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::dml::CopyTo;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use tempfile::TempDir;
use url::Url;

use super::file::write_error;

/// A file that is being written; dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Draft {
    directory: TempDir,
    name: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// The plan that writes a draft of the file that `plan` would write; `None` if that is no
    /// single file of this machine, or a pipe or device, which cannot be replaced.
    ///
    /// # Errors
    /// A directory that is not there or cannot be written.
    pub(crate) fn of(plan: &LogicalPlan) -> Result<Option<(LogicalPlan, Self)>> {
        let LogicalPlan::Copy(copy) = plan else {
            return Ok(None);
        };
        let Some(target) = single_file(copy) else {
            return Ok(None);
        };
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Ok(None);
        };
        if std::fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
            return Ok(None);
        }
        let beside = if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        };
        let directory = tempfile::Builder::new()
            .prefix(".hepframe-")
            .tempdir_in(beside)
            .map_err(|error| external(&target, &error))?;
        let draft = Self {
            name: name.into(),
            directory,
            target,
        };
        // As a URL: in a path, DataFusion takes brackets and stars for a pattern.
        let path = std::path::absolute(draft.path());
        let path = path.map_err(|error| external(&draft.target, &error))?;
        let Some(url) = path
            .to_str()
            .and_then(|path| Url::from_file_path(path).ok())
        else {
            return Ok(None);
        };
        let copy = CopyTo {
            output_url: url.into(),
            ..copy.clone()
        };
        Ok(Some((LogicalPlan::Copy(copy), draft)))
    }

    /// The answer of the writing query; with its first row the file is complete and gets its name.
    pub(crate) fn kept_by(self, answer: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let schema = answer.schema();
        let mut draft = Some(self);
        let answer = answer.map(move |batch| {
            let batch = batch?;
            if let Some(draft) = draft.take() {
                draft.keep()?;
            }
            Ok(batch)
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, answer))
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join(&self.name)
    }

    fn keep(self) -> Result<()> {
        std::fs::rename(self.path(), &self.target).map_err(|error| external(&self.target, &error))
    }
}

/// The file that a COPY writes, if it is one of this machine.
fn single_file(copy: &CopyTo) -> Option<PathBuf> {
    let target = copy.output_url.as_str();
    if target.ends_with('/') || !copy.partition_by.is_empty() {
        return None;
    }
    let path = if target.contains("://") {
        Url::parse(target).ok()?.to_file_path().ok()?
    } else {
        PathBuf::from(target)
    };
    path.extension().is_some().then_some(path)
}

fn external(target: &Path, error: &std::io::Error) -> DataFusionError {
    DataFusionError::External(Box::new(write_error(target, error)))
}
