//! Follows an order on screen: by server-sent events, and by requests while the stream is broken.

use domain::{locale::Locale, view::OrderView};
use futures::{StreamExt, future::Either};
use gloo_net::eventsource::{State, futures::EventSource};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use crate::api::{get_order, json};

/// State of the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamState {
    #[default]
    Connecting,
    Live,
    /// The stream is broken; the order is requested from time to time.
    Broken,
    Ended,
}

/// Pauses between tries, in milliseconds; the last one repeats. A table, since a library would add bytes to the first
/// WebAssembly.
const RECONNECT_DELAYS_MS: [u32; 5] = [500, 1000, 2000, 5000, 10_000];

/// Interval of the checks of a stream, in milliseconds.
const LIVENESS_CHECK_INTERVAL_MS: u32 = 2000;
/// Checks in a row without a connection after which a stream is given up.
const MAX_FAILED_CHECKS: u8 = 2;

/// Follows an order until it ends or the page goes. Call it from an effect.
pub fn follow_order(
    id: String,
    locale: Locale,
    view: RwSignal<Option<OrderView>>,
    state: RwSignal<StreamState>,
) {
    let gone = StoredValue::new(false);
    on_cleanup(move || {
        gone.try_set_value(true);
    });
    let is_gone = move || gone.try_get_value().unwrap_or(true);
    spawn_local(async move {
        let mut tries = 0_usize;
        // The last event that was received; the next stream continues after it.
        let mut last = String::new();
        loop {
            if listen(&id, locale, &mut last, view, state, is_gone).await || is_gone() {
                return;
            }
            state.try_set(StreamState::Broken);
            let pause =
                RECONNECT_DELAYS_MS.get(tries).or(RECONNECT_DELAYS_MS.last()).copied().unwrap_or(10_000);
            tries += 1;
            TimeoutFuture::new(pause).await;
            if is_gone() {
                return;
            }
            if read_again(&id, locale, view).await {
                tries = 0;
            }
        }
    });
}

/// Follows one connection. Returns true when the order has ended or the page has gone, false when the stream broke.
async fn listen(
    id: &str,
    locale: Locale,
    last: &mut String,
    view: RwSignal<Option<OrderView>>,
    state: RwSignal<StreamState>,
    is_gone: impl Fn() -> bool,
) -> bool {
    let after = if last.is_empty() { String::new() } else { format!("&last_event_id={last}") };
    let tag = locale.tag();
    let Ok(mut source) = EventSource::new(&format!("/api/orders/{id}/events?locale={tag}{after}")) else {
        return false;
    };
    let (Ok(statuses), Ok(ends)) = (source.subscribe("status"), source.subscribe("end")) else {
        return false;
    };
    let mut broken = 0_u8;
    let mut events = futures::stream::select(statuses.map(Either::Left), ends.map(Either::Right));
    loop {
        // Wakes now and then, so that a page that has gone closes its stream.
        let event = match futures::future::select(
            events.next(),
            TimeoutFuture::new(LIVENESS_CHECK_INTERVAL_MS),
        )
        .await
        {
            Either::Left((event, _)) => event,
            Either::Right(_) if is_gone() => return true,
            Either::Right(_) => {
                // A browser that tries again by itself raises no event: only its state shows it.
                let was_broken = broken > 0;
                broken = if source.state() == State::Connecting { broken + 1 } else { 0 };
                match source.state() {
                    // Nothing new since the last event, and the stream works.
                    State::Open => {
                        state.try_set(StreamState::Live);
                        if was_broken {
                            read_again(id, locale, view).await;
                        }
                    }
                    _ if broken >= MAX_FAILED_CHECKS => return false,
                    _ => {}
                }
                continue;
            }
        };
        match event {
            Some(Either::Left(Ok((_, message)))) => {
                state.try_set(StreamState::Live);
                *last = message.last_event_id();
                let text = message.data().as_string().unwrap_or_default();
                if let Ok(fresh) = json::read::<OrderView>(&text) {
                    show_newer(fresh, view);
                }
            }
            Some(Either::Right(Ok(_))) => {
                state.try_set(StreamState::Ended);
                return true;
            }
            Some(Either::Left(Err(_)) | Either::Right(Err(_))) | None => return false,
        }
    }
}

/// Reads the order itself: the events of a stream that continues leave out how the pumps have changed meanwhile. Returns
/// whether there was an answer.
async fn read_again(id: &str, locale: Locale, view: RwSignal<Option<OrderView>>) -> bool {
    match get_order(id.to_owned(), Some(locale)).await {
        Ok(fresh) => {
            show_newer(fresh, view);
            true
        }
        Err(_) => false,
    }
}

/// Shows a view unless it is older than the one on screen: answers may overtake each other. One of the same age may have
/// newer pumps.
pub fn show_newer(fresh: OrderView, view: RwSignal<Option<OrderView>>) {
    let newest = |view: &OrderView| (view.history.last().map(|step| step.seq), view.dispensed);
    view.try_update(|shown| {
        if shown.as_ref().is_none_or(|shown| newest(shown) <= newest(&fresh)) {
            *shown = Some(fresh);
        }
    });
}
