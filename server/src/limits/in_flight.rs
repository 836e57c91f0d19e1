//! Requests under way at once whose bodies are read before anybody knows who sent them: so many of a client, so many in
//! all, that neither memory nor places run out.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::refusal::RequestError;

use super::{ClientAddress, tally::Tally};
use crate::api_error::ErrorResponse;

const MAX_OF_CLIENT: usize = 16;
/// Times the longest body, which is a megabyte.
const MAX: usize = 64;
const RETRY_AFTER_S: u64 = 5;

/// Counts requests under way. Clones count together.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<Tally<IpAddr>>>);

/// A request under way.
struct Flight {
    all: InFlight,
    client: IpAddr,
}

impl InFlight {
    fn begin(&self, client: ClientAddress) -> Option<Flight> {
        let client = client.network();
        let mut tally = self.tally();
        if tally.of(&client) >= MAX_OF_CLIENT || tally.total() >= MAX {
            return None;
        }
        tally.add(client);
        Some(Flight { all: self.clone(), client })
    }

    fn tally(&self) -> MutexGuard<'_, Tally<IpAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.all.tally().remove(&self.client);
    }
}

/// Passes a request on, or refuses it before its body is read; whoever sends it repeats it.
pub async fn limit_in_flight(
    State(in_flight): State<InFlight>,
    client: ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let Some(_flight) = in_flight.begin(client) else {
        let refusal = RequestError::Busy { retry_after_s: RETRY_AFTER_S };
        return ErrorResponse(refusal.into()).into_response();
    };
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_client_takes_a_part_of_the_places_and_gives_them_back() {
        let in_flight = InFlight::default();
        let client = |last| ClientAddress::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)));
        let mut flights: Vec<_> = (0..MAX_OF_CLIENT).filter_map(|_| in_flight.begin(client(1))).collect();
        assert!(in_flight.begin(client(1)).is_none());
        flights.extend((0..MAX).filter_map(|_| in_flight.begin(client(2))));
        flights.extend((0..MAX).filter_map(|_| in_flight.begin(client(3))));
        flights.extend((0..MAX).filter_map(|_| in_flight.begin(client(4))));
        assert_eq!(flights.len(), MAX);
        assert!(in_flight.begin(client(5)).is_none());
        drop(flights);
        assert!(in_flight.tally().is_empty() && in_flight.begin(client(1)).is_some());
    }
}
