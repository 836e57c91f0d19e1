//! Streams open at once: of one client, of one order, and in all, so that files are left for everything else.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{id::OrderId, refusal::RequestError};

use super::{ClientAddress, Limits, tally::Tally};

/// Most streams of a process, however many files it may open.
const MAX_STREAMS: usize = 20_000;
/// Pause that is asked for when there is no room.
const RETRY_AFTER_S: u64 = 10;

/// Counts the streams that are open.
pub struct Streams {
    max_of_client: Option<u32>,
    max_of_order: Option<u32>,
    max: usize,
    open: Mutex<OpenStreams>,
}

#[derive(Default)]
struct OpenStreams {
    by_client: Tally<IpAddr>,
    /// Each stream is one of an order.
    by_order: Tally<OrderId>,
}

/// The place of one stream; free again when it is dropped.
pub struct StreamSlot {
    streams: Arc<Streams>,
    client: Option<IpAddr>,
    order: OrderId,
}

impl Streams {
    /// At most half of the files that the process may open are streams.
    #[must_use]
    pub fn new(limits: &Limits, max_files: usize) -> Arc<Self> {
        Arc::new(Self {
            max_of_client: limits.streams,
            max_of_order: limits.order_streams,
            max: (max_files / 2).min(MAX_STREAMS),
            open: Mutex::default(),
        })
    }

    /// Takes the place of a stream. `client` is `None` for a caller who proves who they are.
    ///
    /// # Errors
    /// `RateLimited` for a client or an order with too many, `Busy` when there are too many in all.
    pub fn open(
        self: &Arc<Self>,
        order: OrderId,
        client: Option<ClientAddress>,
    ) -> Result<StreamSlot, RequestError> {
        let client = client.map(ClientAddress::network);
        let mut open = self.open_streams();
        if open.by_order.total() >= self.max {
            return Err(RequestError::Busy { retry_after_s: RETRY_AFTER_S });
        }
        let of_client = client.map_or(0, |client| open.by_client.of(&client));
        let of_order = open.by_order.of(&order);
        let is_full = |count: usize, max: Option<u32>| max.is_some_and(|max| count >= max as usize);
        if is_full(of_client, self.max_of_client) || is_full(of_order, self.max_of_order) {
            return Err(RequestError::RateLimited { retry_after_s: RETRY_AFTER_S });
        }
        if let Some(client) = client {
            open.by_client.add(client);
        }
        open.by_order.add(order);
        Ok(StreamSlot { streams: Arc::clone(self), client, order })
    }

    fn open_streams(&self) -> MutexGuard<'_, OpenStreams> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        let mut open = self.streams.open_streams();
        if let Some(client) = &self.client {
            open.by_client.remove(client);
        }
        open.by_order.remove(&self.order);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use uuid::Uuid;

    use super::*;

    fn client(last: u8) -> Option<ClientAddress> {
        Some(ClientAddress::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last))))
    }

    fn order(number: u128) -> OrderId {
        OrderId(Uuid::from_u128(number))
    }

    #[test]
    fn a_client_an_order_and_all_together_have_their_limits_and_what_ends_is_free_again() {
        let limits = Limits { streams: Some(2), order_streams: Some(3), ..Limits::default() };
        let streams = Streams::new(&limits, 10);
        let limited = Some(RequestError::RateLimited { retry_after_s: RETRY_AFTER_S });
        let mut open = vec![streams.open(order(1), client(1)), streams.open(order(1), client(1))];
        assert_eq!(streams.open(order(2), client(1)).err(), limited, "the client's");
        open.push(streams.open(order(1), client(2)));
        assert_eq!(streams.open(order(1), client(3)).err(), limited, "the order's");
        open.extend([streams.open(order(2), None), streams.open(order(3), None)]);
        assert!(open.iter().all(Result::is_ok));
        let busy = Some(RequestError::Busy { retry_after_s: RETRY_AFTER_S });
        assert_eq!(streams.open(order(4), client(4)).err(), busy);
        drop(open);
        let left = streams.open_streams();
        assert!(left.by_client.is_empty() && left.by_order.is_empty());
    }
}
