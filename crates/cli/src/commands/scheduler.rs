//! `hepframe scheduler`: plans queries, gives their parts to executors.

use std::net::{IpAddr, SocketAddr};

use hepframe_scheduler::{Scheduler, SchedulerHandle, SchedulerOptions};

use crate::error::Result;
use crate::service::end::{End, Ends};
use crate::service::options::SchedulerArguments;
use crate::service::{listen, logs, machine, runtime, units};

/// Serves until told to end.
pub(crate) fn run(arguments: &SchedulerArguments) -> Result<()> {
    logs::start(&arguments.logs)?;
    let runtime = runtime()?;
    let result = runtime.block_on(serve(arguments));
    runtime.shutdown_background();
    result
}

async fn serve(arguments: &SchedulerArguments) -> Result<()> {
    let mut ends = Ends::watch(arguments.logs.with_parent)?;
    let (listener, address) = listen(&arguments.bind, arguments.port).await?;
    let options = options_of(arguments, address);
    let advertised = options.advertised_host.clone();
    let mut scheduler = Scheduler::start(options, listener).await?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        %address,
        url = format!("hepframe://{advertised}:{}", address.port()),
        metadata = units::size(arguments.metadata_bytes),
        "scheduler ready for executors"
    );
    let end = tokio::select! {
        result = scheduler.join() => return Ok(result?),
        end = ends.next() => end,
    };
    match end {
        End::Asked => drain(scheduler, ends).await,
        // Nobody waits for its queries any more.
        End::ParentGone => Ok(()),
    }
}

/// Lets queries finish, unless told again to end.
async fn drain(scheduler: SchedulerHandle, mut ends: Ends) -> Result<()> {
    tracing::info!("draining: no more queries");
    tokio::select! {
        result = scheduler.shutdown() => Ok(result?),
        _ = ends.next() => Ok(()),
    }
}

fn options_of(arguments: &SchedulerArguments, address: SocketAddr) -> SchedulerOptions {
    let advertised_host = match (&arguments.advertise, address.ip()) {
        (Some(host), _) => host.clone(),
        (None, IpAddr::V4(ip)) if ip.is_unspecified() => machine::host_name(),
        (None, IpAddr::V6(ip)) if ip.is_unspecified() => machine::host_name(),
        (None, ip) => ip.to_string(),
    };
    SchedulerOptions {
        advertised_host,
        executor_timeout: arguments.executor_timeout,
        locality_wait: arguments.locality_wait,
        user_slots: arguments.user_slots,
        result_retention: arguments.result_retention,
        job_retention: arguments.job_retention,
        no_executor_timeout: arguments.no_executor_timeout,
        stuck_timeout: arguments.stuck_timeout,
        lost_task_timeout: arguments.lost_task_timeout,
        task_attempts: arguments.task_attempts,
        stage_attempts: arguments.stage_attempts,
        drain: arguments.drain_limit,
        metadata_bytes: usize::try_from(arguments.metadata_bytes).unwrap_or(usize::MAX),
    }
}
