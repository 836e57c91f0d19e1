//! The life of one order as server-sent events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{id::OrderId, locale::Locale, order::Order, refusal::Refusal, view::OrderView};
use futures::{Stream, stream};
use serde::Deserialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::errors::{locale_of, refusal_response};
use crate::orders::{News, Orders};

/// A comment line this often keeps proxies from closing the stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// When the stream breaks, browsers come back after this.
const RECONNECT: Duration = Duration::from_secs(2);

/// The reader's language, where the header does not tell it: the host may have chosen another one.
#[derive(Deserialize)]
pub struct Reader {
    locale: Option<String>,
}

/// `GET /api/orders/{id}/events`: the current view at once, then every change, then `event: end`.
pub async fn order_events(
    State(orders): State<Orders>,
    Path(id): Path<String>,
    Query(reader): Query<Reader>,
    headers: HeaderMap,
) -> Response {
    let locale = reader.locale.as_deref().map_or_else(|| locale_of(&headers), Locale::from_tag);
    let Some(id) = OrderId::parse(&id) else { return refusal_response(&Refusal::OrderUnknown, locale) };
    // Listen first, read afterwards: nothing falls between.
    let news = orders.hub().listen(id);
    let order = match orders.get(id).await {
        Ok(order) => order,
        Err(refusal) => return refusal_response(&refusal, locale),
    };
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
    let stream = follow(orders, order, news, seen, locale);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("")).into_response()
}

struct Follower {
    orders: Orders,
    news: Receiver<News>,
    seen: u32,
    locale: Locale,
    /// To be sent before anything else is heard.
    next: Option<Arc<Order>>,
    ended: bool,
}

fn follow(
    orders: Orders,
    order: Order,
    news: Receiver<News>,
    seen: u32,
    locale: Locale,
) -> impl Stream<Item = Result<Event, Infallible>> {
    metrics::gauge!("kolonka_sse_clients").increment(1.0);
    let follower = Follower { orders, news, seen, locale, next: Some(Arc::new(order)), ended: false };
    stream::unfold(follower, |mut follower| async move {
        let event = follower.step().await?;
        Some((Ok(event), follower))
    })
}

impl Follower {
    /// The next event, or `None` when the stream is over.
    async fn step(&mut self) -> Option<Event> {
        loop {
            if self.ended {
                return None;
            }
            let order = match self.next.take() {
                Some(order) => order,
                None => self.hear().await?,
            };
            if order.seq > self.seen {
                self.seen = order.seq;
                // The end follows as an event of its own.
                self.next = order.status.is_final().then(|| Arc::clone(&order));
                return self.status(&order);
            }
            if order.status.is_final() {
                self.ended = true;
                return Some(Event::default().event("end").id(order.seq.to_string()).data("{}"));
            }
        }
    }

    /// Waits for a change. `None` when the server stops: the browser reconnects to another one.
    async fn hear(&mut self) -> Option<Arc<Order>> {
        let shutdown = self.orders.shutdown().clone();
        loop {
            let news = tokio::select! {
                news = self.news.recv() => news,
                () = shutdown.cancelled() => return None,
            };
            match news {
                Ok(News::Changed(order)) => return Some(order),
                Ok(News::TryFailed(_)) => {}
                // What was missed is older than what comes next, and every event carries the whole view.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn status(&self, order: &Order) -> Option<Event> {
        let view = OrderView::of(order, self.locale);
        let event = Event::default().event("status").id(order.seq.to_string()).retry(RECONNECT);
        event.json_data(view).ok()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        metrics::gauge!("kolonka_sse_clients").decrement(1.0);
    }
}
