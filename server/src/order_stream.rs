//! Changes of one order, and of the pumps that it may start, as server-sent events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{FromRequestParts, Path, Query, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{
    id::OrderId,
    locale::Locale,
    order::Order,
    refusal::OrderRefusal,
    view::{OrderView, StartPump},
};
use futures::{Stream, stream};
use serde::Deserialize;

use crate::{
    api_error::ErrorResponse,
    limits::{ClientAddress, StreamSlot, Streams},
    orders::{Change, Changes, FollowOrder},
    request_locale::RequestLocale,
};

/// Time between two comment lines, which keep proxies from closing the stream.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// Time after which browsers reconnect when the stream breaks.
const RECONNECT_DELAY: Duration = Duration::from_secs(2);

/// Query of a page, which cannot give its stream a header; `locale` is read by [`RequestLocale`].
#[derive(Deserialize)]
pub struct StreamQuery {
    /// The last event of a stream that broke; browsers that reconnect by themselves send it as a header.
    last_event_id: Option<String>,
}

/// What a reader asks for.
#[derive(FromRequestParts)]
pub struct StreamRequest {
    locale: RequestLocale,
    id: Path<String>,
    query: Query<StreamQuery>,
    headers: HeaderMap,
}

/// `GET /api/orders/{id}/events`: the current view at once, unless the reader has seen it, then every change, then
/// `event: end`. While a pump may be started, a change of a pump repeats the last event with the pumps as they are.
pub async fn order_stream(
    State(follow_order): State<FollowOrder>,
    State(streams): State<Arc<Streams>>,
    client: ClientAddress,
    request: StreamRequest,
) -> Result<Response, ErrorResponse> {
    open_stream(&follow_order, &streams, Some(client), request).await
}

/// As [`order_stream`]; `client` is `None` for a caller who proves who they are.
///
/// # Errors
/// `OrderUnknown`; `RateLimited` and `Busy` where too many streams are open.
pub async fn open_stream(
    follow_order: &FollowOrder,
    streams: &Arc<Streams>,
    client: Option<ClientAddress>,
    request: StreamRequest,
) -> Result<Response, ErrorResponse> {
    let StreamRequest { locale: RequestLocale(locale), id: Path(id), query: Query(query), headers } = request;
    let id = OrderId::parse(&id).ok_or(OrderRefusal::OrderUnknown)?;
    let changes = follow_order.run(id).await?;
    let slot = streams.open(id, client)?;
    let by_header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let last_seq = by_header.or(query.last_event_id.as_deref()).and_then(|id| id.parse().ok()).unwrap_or(0);
    let stream = follow(changes, last_seq, locale, slot);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_INTERVAL)).into_response())
}

struct OrderStream {
    changes: Changes,
    /// Sequence number of the newest order that the reader has.
    last_seq: u32,
    /// The pumps as the reader has them.
    pumps: Vec<StartPump>,
    locale: Locale,
    /// To be sent before anything else.
    next: Option<Arc<Change>>,
    ended: bool,
    /// Its place among the streams that are open.
    _slot: StreamSlot,
}

fn follow(
    changes: Changes,
    last_seq: u32,
    locale: Locale,
    slot: StreamSlot,
) -> impl Stream<Item = Result<Event, Infallible>> {
    metrics::gauge!("kolonka_sse_clients").increment(1.0);
    let next = Some(changes.newest());
    // A reader that comes back has the pumps of an earlier moment, and reads the order again.
    let pumps = changes.pumps();
    let order_stream = OrderStream { changes, last_seq, pumps, locale, next, ended: false, _slot: slot };
    stream::unfold(order_stream, |mut order_stream| async move {
        let event = order_stream.next_event().await?;
        Some((Ok(event), order_stream))
    })
}

impl OrderStream {
    /// Returns the next event, or `None` when the stream is over.
    async fn next_event(&mut self) -> Option<Event> {
        loop {
            if self.ended {
                return None;
            }
            let change = match self.next.take() {
                Some(change) => change,
                // No more changes: the server stops, and the browser reconnects to another one.
                None => self.changes.next().await?,
            };
            let (order, pumps) = (&change.order, self.changes.pumps());
            let is_repeated =
                order.seq == self.last_seq && self.changes.reports_pumps() && pumps != self.pumps;
            if order.seq > self.last_seq || is_repeated {
                (self.last_seq, self.pumps) = (order.seq, pumps);
                let event = self.status_event(&change);
                // The end follows as an event of its own.
                self.next = order.status.is_final().then_some(change);
                return Some(event);
            }
            if order.status.is_final() {
                self.ended = true;
                return Some(Event::default().event("end").id(order.seq.to_string()).data("{}"));
            }
        }
    }

    /// The event of a status. A view that cannot be written becomes a comment: readers keep what they have.
    fn status_event(&self, change: &Change) -> Event {
        let render =
            |order: &Order, locale, pumps| write_view(order.number, &self.changes.view(order, locale, pumps));
        match change.rendered_for(self.locale, &self.pumps, render) {
            // JSON has no line breaks, so the data is one line.
            Some(view) => Event::default()
                .event("status")
                .id(change.order.seq.to_string())
                .retry(RECONNECT_DELAY)
                .data(&*view),
            None => Event::default().comment(""),
        }
    }
}

fn write_view(order_number: u32, view: &OrderView) -> Option<String> {
    serde_json::to_string(view)
        .inspect_err(
            |error| tracing::error!(order = order_number, %error, "the event of an order cannot be written"),
        )
        .ok()
}

impl Drop for OrderStream {
    fn drop(&mut self) {
        metrics::gauge!("kolonka_sse_clients").decrement(1.0);
    }
}
