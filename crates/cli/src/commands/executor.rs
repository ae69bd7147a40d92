//! `hepframe executor`: runs parts of queries.

use std::sync::Arc;

use hepframe_executor::{
    Caches, ColumnCache, DiskOptions, Executor, ExecutorOptions, default_work_dir,
};

use super::DISK_FAREWELL;
use crate::error::{CliError, Result};
use crate::service::end::{End, Ends};
use crate::service::options::ExecutorArguments;
use crate::service::{footprint, listen, logs, machine, runtime, units};

/// Serves until told to end.
pub(crate) fn run(arguments: ExecutorArguments) -> Result<()> {
    footprint::suit(cache_bytes(&arguments));
    logs::start(&arguments.logs)?;
    let runtime = runtime()?;
    let result = runtime.block_on(serve(arguments));
    // Threads of cancelled tasks must not delay the end.
    runtime.shutdown_background();
    result
}

async fn serve(arguments: ExecutorArguments) -> Result<()> {
    let cache_bytes = cache_bytes(&arguments);
    options_of(&arguments, arguments.port).validate()?;
    let mut ends = Ends::watch(arguments.logs.with_parent)?;
    let (listener, address) = listen(&arguments.bind, arguments.port).await?;
    let options = options_of(&arguments, address.port());
    let (slots, work_dir) = (options.slots, options.work_dir.clone());
    let task_memory = units::size(options.task_memory_bytes);
    let caches = caches(&arguments, cache_bytes)?;
    let columns = caches.columns.clone();
    let mut executor = Executor::start(options, caches, listener)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        executor = executor.id(),
        %address,
        scheduler = arguments.scheduler,
        slots,
        cache = units::size(cache_bytes),
        cache_disk = arguments.cache_disk.as_ref().map(|dir| dir.display().to_string()),
        task_memory,
        work_dir = %work_dir.display(),
        "executor started"
    );
    let mut asked_before = false;
    loop {
        let end = tokio::select! {
            result = executor.join() => {
                finish_writing(columns).await;
                return Ok(result?);
            }
            end = ends.next() => end,
        };
        match end {
            End::Asked if !asked_before => executor.drain(),
            End::Asked | End::ParentGone => executor.stop(),
        }
        asked_before = true;
    }
}

fn cache_bytes(arguments: &ExecutorArguments) -> u64 {
    arguments
        .cache_bytes
        .unwrap_or_else(|| machine::cache_bytes(1))
}

fn options_of(arguments: &ExecutorArguments, port: u16) -> ExecutorOptions {
    // The same after a restart, and another for each executor of a machine: columns are placed by it.
    let name = || format!("{}.{port}", machine::host_name());
    ExecutorOptions {
        name: arguments.name.clone().unwrap_or_else(name),
        scheduler: arguments.scheduler.clone(),
        advertised_host: arguments.advertise.clone(),
        slots: arguments.slots.unwrap_or_else(machine::cores),
        work_dir: arguments.work_dir.clone().unwrap_or_else(default_work_dir),
        task_memory_bytes: arguments
            .task_memory
            .unwrap_or_else(|| machine::task_bytes(1)),
        retention: arguments.retention,
        heartbeat: arguments.heartbeat,
        drain_limit: arguments.drain_limit,
        linger: arguments.linger,
    }
}

fn caches(arguments: &ExecutorArguments, cache_bytes: u64) -> Result<Caches> {
    let disk = arguments.cache_disk.clone().map(|dir| DiskOptions {
        dir,
        bytes: arguments.cache_disk_bytes,
    });
    Caches::of_metadata(usize::try_from(arguments.metadata_bytes).unwrap_or(usize::MAX))
        .with_column_cache(cache_bytes, disk)
        .map_err(|error| CliError::Option {
            text: error.to_string(),
        })
}

/// Lets columns that are on their way to the disk arrive there.
async fn finish_writing(columns: Option<Arc<ColumnCache>>) {
    let Some(columns) = columns else {
        return;
    };
    let writing = tokio::task::spawn_blocking(move || columns.finish_writing(DISK_FAREWELL));
    if !writing.await.unwrap_or(false) {
        tracing::info!("some columns did not reach the disk in time; they will be read again");
    }
}
