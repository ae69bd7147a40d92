//! A bar for queries that take over a second, on a terminal only.

use std::time::Duration;

use hepframe_engine::{Progress, Statistics};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::interrupt::attendant;
use crate::view::report::bytes;

/// Queries faster than this show no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two looks at the query.
const STEP: Duration = Duration::from_millis(100);
/// The bar counts thousandths.
const WHOLE: u64 = 1000;

/// The bar on the screen: an interrupted query may hold on to its own for long.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Takes the bar off the screen.
pub(crate) fn hide() {
    if let Some(bar) = SHOWN.lock().take() {
        bar.finish_and_clear();
    }
}

/// A bar that follows a query until it is dropped.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
    task: Option<JoinHandle<()>>,
}

impl Bar {
    /// Follows a query; nothing is seen if standard error is no terminal.
    pub(crate) fn follow(progress: Progress) -> Self {
        let bar = ProgressBar::with_draw_target(Some(WHOLE), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %, {elapsed}{msg}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        *SHOWN.lock() = Some(bar.clone());
        let drawn = bar.clone();
        let follow = async move {
            tokio::time::sleep(PATIENCE).await;
            while !drawn.is_finished() {
                if let Some(fraction) = progress.fraction() {
                    drawn.set_position(thousandths(fraction));
                }
                drawn.set_message(told(progress.tasks(), &progress.statistics()));
                tokio::time::sleep(STEP).await;
            }
        };
        let task = attendant().map(|attendant| attendant.spawn(follow));
        Self { bar, task }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
        self.bar.finish_and_clear();
    }
}

/// What is beside the bar: tasks of a cluster, rows that came, bytes by where they are from.
fn told(tasks: Option<(u64, u64)>, cost: &Statistics) -> String {
    let mut text = String::new();
    if let Some((done, total)) = tasks {
        text += &format!(", {done} of {total} tasks");
    }
    if cost.rows > 0 {
        text += &format!(", {} rows", cost.rows);
    }
    text += &format!(", {} read", bytes(cost.bytes_read));
    if cost.bytes_from_cache > 0 {
        text += &format!(", {} from the cache", bytes(cost.bytes_from_cache));
    }
    if cost.bytes_from_disk > 0 {
        text += &format!(", {} from the cache on disk", bytes(cost.bytes_from_disk));
    }
    text
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 1000"
)]
fn thousandths(fraction: f64) -> u64 {
    (fraction.clamp(0.0, 1.0) * 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_the_bar_is_what_there_is_to_tell() {
        let mut cost = Statistics {
            bytes_read: 3_000_000,
            ..Statistics::default()
        };
        assert_eq!(told(None, &cost), ", 3.0 MB read");

        cost.rows = 12;
        cost.bytes_from_cache = 2_000;
        assert_eq!(
            told(Some((1, 4)), &cost),
            ", 1 of 4 tasks, 12 rows, 3.0 MB read, 2.0 kB from the cache"
        );
    }
}
