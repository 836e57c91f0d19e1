//! Bodies of callers of whom nobody knows yet who they are: so many are read at once of a client, so many in all, each
//! within seconds, so that neither memory nor places run out.
//!
//! A body is read as a whole before its route sees it, and its place is free again then. Whoever comes when all places are
//! taken gets the one that was taken longest ago: an honest body is there within a moment, so those who only begin bodies
//! take places from each other.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::refusal::RequestError;
use futures::stream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::ClientAddress;
use crate::api_error::ErrorResponse;

/// Time within which a body is there.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_OF_CLIENT: usize = 16;
const RETRY_AFTER_S: u64 = 5;

/// The bodies that are being read. Clones count together.
#[derive(Clone)]
pub struct Bodies {
    places: Arc<Mutex<Places>>,
    max: usize,
    max_bytes: usize,
}

/// Those of the bodies, the one that was taken longest ago first.
#[derive(Default)]
struct Places {
    taken: VecDeque<TakenPlace>,
    last_id: u64,
}

struct TakenPlace {
    id: u64,
    client: IpAddr,
    /// Somebody else got it.
    is_lost: CancellationToken,
}

/// A body that is being read.
struct Reading {
    bodies: Bodies,
    id: u64,
    is_lost: CancellationToken,
}

impl Bodies {
    /// At most `max` of them at once. Of a body that is longer than its route takes, `longest`, one byte more is read, by which
    /// the route sees that it is.
    #[must_use]
    pub fn new(max: usize, longest: usize) -> Self {
        Self { places: Arc::default(), max, max_bytes: longest + 1 }
    }

    fn begin(&self, client: ClientAddress) -> Reading {
        let client = client.network();
        let mut places = self.places();
        let of_client = |place: &TakenPlace| place.client == client;
        let is_client_full = places.taken.iter().filter(|place| of_client(place)).count() >= MAX_OF_CLIENT;
        let lost = match is_client_full {
            true => places.taken.iter().position(of_client),
            false => (places.taken.len() >= self.max).then_some(0),
        };
        if let Some(place) = lost.and_then(|index| places.taken.remove(index)) {
            place.is_lost.cancel();
        }
        places.last_id += 1;
        let (id, is_lost) = (places.last_id, CancellationToken::new());
        places.taken.push_back(TakenPlace { id, client, is_lost: is_lost.clone() });
        Reading { bodies: self.clone(), id, is_lost }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.bodies.places().taken.retain(|place| place.id != self.id);
    }
}

/// Reads the body of a request, and passes it on with it. Too long a one is passed on as one that cannot be read: what is
/// answered to it is the route's matter.
pub async fn read_body_first(
    State(bodies): State<Bodies>,
    client: ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let reading = bodies.begin(client);
    let read = tokio::select! {
        read = timeout(READ_TIMEOUT, to_bytes(body, bodies.max_bytes)) => read,
        () = reading.is_lost.cancelled() => {
            let refusal = RequestError::Busy { retry_after_s: RETRY_AFTER_S };
            return ErrorResponse(refusal.into()).into_response();
        }
    };
    drop(reading);
    let body = match read {
        Ok(Ok(bytes)) => Body::from(bytes),
        Ok(Err(error)) => Body::from_stream(stream::iter([Err::<Bytes, _>(error)])),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    next.run(Request::from_parts(parts, body)).await
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_oldest_place_is_lost_first_and_a_client_loses_its_own() {
        let bodies = Bodies::new(20, 1000);
        let client = |last| ClientAddress::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)));
        let own: Vec<Reading> = (0..=MAX_OF_CLIENT).map(|_| bodies.begin(client(1))).collect();
        let lost = |readings: &[Reading]| readings.iter().filter(|it| it.is_lost.is_cancelled()).count();
        assert!(own[0].is_lost.is_cancelled() && lost(&own) == 1, "beyond its part");
        let others: Vec<Reading> = (0..5).map(|_| bodies.begin(client(2))).collect();
        assert!(own[1].is_lost.is_cancelled(), "the oldest of all");
        assert_eq!((lost(&own), lost(&others)), (2, 0));
        drop((own, others));
        assert!(bodies.places().taken.is_empty());
    }
}
