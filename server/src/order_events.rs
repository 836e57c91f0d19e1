//! The life of one order as server-sent events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{id::OrderId, locale::Locale, order::Order, refusal::OrderRefusal, view::OrderView};
use futures::{Stream, stream};
use serde::Deserialize;

use crate::{
    api_error::ErrorResponse,
    orders::{Change, Changes, FollowOrder},
    request_locale::RequestLocale,
};

/// A comment line this often keeps proxies from closing the stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
const COMMENT: Bytes = Bytes::from_static(b":\n\n");
/// When the stream breaks, browsers come back after so many milliseconds.
const RECONNECT_MS: u32 = 2000;

/// What a page says in the address, since it cannot give its stream a header; `locale` is read by [`RequestLocale`].
#[derive(Deserialize)]
pub struct StreamQuery {
    /// The last event of a stream that broke; browsers that come back by themselves send it as a header.
    last_event_id: Option<String>,
}

/// `GET /api/orders/{id}/events`: the current view at once, unless the reader has seen it, then every change, then
/// `event: end`.
pub async fn order_events(
    State(follow_order): State<FollowOrder>,
    RequestLocale(locale): RequestLocale,
    Path(id): Path<String>,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, ErrorResponse> {
    let id = OrderId::parse(&id).ok_or(OrderRefusal::OrderUnknown)?;
    let (order, changes) = follow_order.run(id).await?;
    let by_header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let seen = by_header.or(query.last_event_id.as_deref()).and_then(|id| id.parse().ok()).unwrap_or(0);
    let stream = follow(order, changes, seen, locale);
    let head = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    Ok((head, Body::from_stream(stream)).into_response())
}

struct Follower {
    changes: Changes,
    seen: u32,
    locale: Locale,
    /// To be sent before anything else.
    next: Option<Arc<Change>>,
    ended: bool,
}

fn follow(
    order: Order,
    changes: Changes,
    seen: u32,
    locale: Locale,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    metrics::gauge!("kolonka_sse_clients").increment(1.0);
    let next = Some(Arc::new(Change::new(Arc::new(order))));
    let follower = Follower { changes, seen, locale, next, ended: false };
    stream::unfold(follower, |mut follower| async move {
        let event = follower.step().await?;
        Some((Ok(event), follower))
    })
}

impl Follower {
    /// The next event or comment, or `None` when the stream is over.
    async fn step(&mut self) -> Option<Bytes> {
        loop {
            if self.ended {
                return None;
            }
            let change = match self.next.take() {
                Some(change) => change,
                None => match tokio::time::timeout(HEARTBEAT, self.changes.next()).await {
                    // The server stops: the browser reconnects to another one.
                    Ok(change) => change?,
                    Err(_) => return Some(COMMENT),
                },
            };
            let order = &change.order;
            if order.seq > self.seen {
                self.seen = order.seq;
                let event = change.rendered_for(self.locale, render);
                // The end follows as an event of its own.
                self.next = order.status.is_final().then_some(change);
                return Some(event);
            }
            if order.status.is_final() {
                self.ended = true;
                return Some(Bytes::from(format!("event: end\nid: {}\ndata: {{}}\n\n", order.seq)));
            }
        }
    }
}

/// The event of a status. JSON has no line breaks, so the data is one line. A view that cannot be written is logged, and
/// a comment takes its place: readers keep what they have seen.
fn render(order: &Order, locale: Locale) -> Bytes {
    match serde_json::to_string(&OrderView::from_order(order, locale)) {
        Ok(view) => {
            Bytes::from(format!("event: status\nid: {}\nretry: {RECONNECT_MS}\ndata: {view}\n\n", order.seq))
        }
        Err(error) => {
            tracing::error!(order = order.number, %error, "the event of an order cannot be written");
            COMMENT
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        metrics::gauge!("kolonka_sse_clients").decrement(1.0);
    }
}
