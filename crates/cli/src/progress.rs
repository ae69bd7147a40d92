//! A bar for queries that take over a second, on a terminal only.

use std::time::Duration;

use hepframe_engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::interrupt::attendant;

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
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} % read, {elapsed}");
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

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 1000"
)]
fn thousandths(fraction: f64) -> u64 {
    (fraction.clamp(0.0, 1.0) * 1000.0) as u64
}
