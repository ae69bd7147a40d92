//! Serves the rows that tasks wrote, as Ballista does, but only those of jobs; notes who fetches.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, SchemaResult, Ticket,
};
use ballista_core::serde::decode_protobuf;
use ballista_core::serde::scheduler::Action as Fetch;
use ballista_executor::flight_service::BallistaFlightService;
use futures::Stream;
use parking_lot::Mutex;
use tonic::{Request, Response, Status, Streaming};

use crate::work_dir::one_name;

/// Who fetches rows, and when somebody last did.
#[derive(Debug)]
pub(crate) struct Fetches(Mutex<(usize, Instant)>);

impl Fetches {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new((0, Instant::now()))))
    }

    /// Streams that are not at their end.
    pub(crate) fn open(&self) -> usize {
        self.0.lock().0
    }

    /// How long nobody has fetched; zero while somebody does.
    pub(crate) fn quiet(&self) -> Duration {
        let (open, last) = *self.0.lock();
        if open > 0 {
            Duration::ZERO
        } else {
            last.elapsed()
        }
    }

    fn change(&self, count: impl FnOnce(usize) -> usize) {
        let mut now = self.0.lock();
        *now = (count(now.0), Instant::now());
    }
}

/// Ballista's Flight service behind a door.
pub(crate) struct Rows {
    service: BallistaFlightService,
    fetches: Arc<Fetches>,
}

impl Rows {
    pub(crate) fn new(jobs_dir: String, fetches: Arc<Fetches>) -> Self {
        Self {
            service: BallistaFlightService::new(jobs_dir),
            fetches,
        }
    }

    fn watched<T>(&self, stream: Boxed<T>) -> Boxed<T>
    where
        T: Send + 'static,
    {
        self.fetches.change(|open| open + 1);
        Box::pin(Watched {
            stream,
            fetches: Arc::clone(&self.fetches),
        })
    }
}

/// Refuses to look outside the directory of jobs.
fn check(fetch: &[u8]) -> Result<(), Status> {
    let invalid = |why: String| Status::invalid_argument(format!("cannot fetch rows: {why}"));
    match decode_protobuf(fetch).map_err(|error| invalid(error.to_string()))? {
        Fetch::FetchPartition { job_id, .. } => one_name(job_id.as_str())
            .map(|_| ())
            .map_err(|error| invalid(error.to_string())),
    }
}

type Boxed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

struct Watched<T> {
    stream: Boxed<T>,
    fetches: Arc<Fetches>,
}

impl<T> Stream for Watched<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(context)
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        self.fetches.change(|open| open.saturating_sub(1));
    }
}

#[tonic::async_trait]
impl FlightService for Rows {
    type HandshakeStream = Boxed<HandshakeResponse>;
    type ListFlightsStream = Boxed<FlightInfo>;
    type DoGetStream = Boxed<FlightData>;
    type DoPutStream = Boxed<PutResult>;
    type DoExchangeStream = Boxed<FlightData>;
    type DoActionStream = Boxed<arrow_flight::Result>;
    type ListActionsStream = Boxed<ActionType>;

    async fn do_get(
        &self,
        request: Request<Ticket>,
    ) -> Result<Response<Self::DoGetStream>, Status> {
        check(&request.get_ref().ticket)?;
        let response = self.service.do_get(request).await?;
        Ok(response.map(|stream| self.watched(stream)))
    }

    async fn do_action(
        &self,
        request: Request<Action>,
    ) -> Result<Response<Self::DoActionStream>, Status> {
        check(&request.get_ref().body)?;
        let response = self.service.do_action(request).await?;
        Ok(response.map(|stream| self.watched(stream)))
    }

    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        self.service.handshake(request).await
    }

    async fn list_actions(
        &self,
        request: Request<Empty>,
    ) -> Result<Response<Self::ListActionsStream>, Status> {
        self.service.list_actions(request).await
    }

    async fn list_flights(
        &self,
        _: Request<Criteria>,
    ) -> Result<Response<Self::ListFlightsStream>, Status> {
        Err(not_here("list_flights"))
    }

    async fn get_flight_info(
        &self,
        _: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        Err(not_here("get_flight_info"))
    }

    async fn poll_flight_info(
        &self,
        _: Request<FlightDescriptor>,
    ) -> Result<Response<PollInfo>, Status> {
        Err(not_here("poll_flight_info"))
    }

    async fn get_schema(
        &self,
        _: Request<FlightDescriptor>,
    ) -> Result<Response<SchemaResult>, Status> {
        Err(not_here("get_schema"))
    }

    async fn do_put(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoPutStream>, Status> {
        Err(not_here("do_put"))
    }

    async fn do_exchange(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(not_here("do_exchange"))
    }
}

fn not_here(what: &str) -> Status {
    Status::unimplemented(format!(
        "an executor serves the rows of jobs only, not {what}"
    ))
}

#[cfg(test)]
mod tests {
    use ballista_core::serde::protobuf;
    use prost::Message;

    use super::*;

    fn fetch_of(job: &str) -> Vec<u8> {
        protobuf::Action {
            action_type: Some(protobuf::action::ActionType::FetchPartition(
                protobuf::FetchPartition {
                    job_id: job.to_owned(),
                    ..Default::default()
                },
            )),
            settings: Vec::new(),
        }
        .encode_to_vec()
    }

    #[test]
    fn rows_are_fetched_from_jobs_only() {
        check(&fetch_of("5cfe4b2e-7d5c")).unwrap();
        for job in ["..", "../other", "/etc", "a/b", ""] {
            let status = check(&fetch_of(job)).unwrap_err();
            assert!(
                status.message().contains("is not the name of a job"),
                "{status}"
            );
        }
        check(b"rubbish").unwrap_err();
    }

    #[test]
    fn an_open_stream_is_not_quiet() {
        let fetches = Fetches::new();
        let rows = Rows::new("/nowhere".into(), Arc::clone(&fetches));

        let stream = rows.watched::<FlightData>(Box::pin(futures::stream::pending()));

        assert_eq!((fetches.open(), fetches.quiet()), (1, Duration::ZERO));
        drop(stream);
        assert_eq!(fetches.open(), 0);
    }
}
