//! The WebSocket for installations without a public address: Invoicebox calls us over it by JSON-RPC 2.0.
//!
//! Nothing is signed here and nothing is sent twice. So a call is only a hint that an order has changed: the
//! [`SocketListener`] reads the order before it applies anything, and after every (re)connection it reads what was
//! missed.

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{FutureExt, SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, mpsc};
use tokio_tungstenite::{
    connect_async_with_config,
    tungstenite::{Error, Message, protocol::WebSocketConfig},
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    NotificationAnswer, NotificationAnswerCode,
    transport::jitter,
    wire::{json::parse as parse_json, value::text},
};
use crate::{clock::Clock, workers::WorkerContext};

/// Largest call that is read: as a notification.
const MAX_CALL_BYTES: usize = 1024 * 1024;
/// Time limit of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause between tests of the connection, which is given up after [`SILENCE_TIMEOUT`] without a message.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_RECONNECT_PAUSE: Duration = Duration::from_secs(60);
/// Pauses before the next try to connect: doubled up to [`MAX_RECONNECT_PAUSE`].
const RECONNECT_PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_secs(1))
    .with_max_delay(MAX_RECONNECT_PAUSE)
    .without_max_times();
/// Calls worked on at once.
const MAX_CONCURRENT_CALLS: usize = 8;
/// Lines of the log kept for `getStatus`.
const MAX_LOG_LINES: usize = 200;

/// Receiver of the WebSocket's messages.
#[async_trait]
pub trait SocketListener: Send + Sync + 'static {
    /// Handles their unproven claim that this order of theirs has changed.
    async fn order_changed(&self, provider_id: &str) -> NotificationAnswer;

    /// Catches up after connecting: changes since this instant may have been missed.
    async fn catch_up(&self, missed_since: OffsetDateTime);
}

/// Settings of the WebSocket.
#[derive(Clone, Debug)]
pub struct SocketSettings {
    /// Without the token: `wss://ws-gate.invoicebox.ru/v3/gate/rpc`.
    pub url: String,
    pub token: SecretString,
    /// Time before the first connection whose payments are read: the life of an unpaid order.
    pub look_back: Duration,
}

/// The WebSocket of Invoicebox. [`InvoiceboxSocket::listen`] keeps it open.
pub struct InvoiceboxSocket {
    settings: SocketSettings,
    clock: Clock,
    listener: Arc<dyn SocketListener>,
    log: Arc<SocketLog>,
}

/// End of a connection, or of a try to connect.
struct SocketEnd {
    /// Time when it was last known to be good; `None` if it was never opened.
    good_until: Option<OffsetDateTime>,
    /// Whether what was missed before it has been read.
    has_caught_up: bool,
    why: String,
}

impl SocketEnd {
    fn never_opened(why: String) -> Self {
        Self { good_until: None, has_caught_up: false, why }
    }
}

/// Shows in the metrics that the WebSocket is open, until it is dropped: also by the shutdown.
struct OpenGauge;

impl OpenGauge {
    const NAME: &str = "kolonka_invoicebox_websocket_open";

    fn show() -> Self {
        metrics::gauge!(Self::NAME).set(1.0);
        Self
    }
}

impl Drop for OpenGauge {
    fn drop(&mut self) {
        metrics::gauge!(Self::NAME).set(0.0);
    }
}

impl InvoiceboxSocket {
    #[must_use]
    pub fn new(settings: SocketSettings, clock: Clock, listener: Arc<dyn SocketListener>) -> Self {
        Self { settings, clock, listener, log: Arc::default() }
    }

    /// Connects, listens, and connects again after growing pauses, until `shutdown`.
    pub async fn listen(self: Arc<Self>, worker: WorkerContext) {
        let mut missed_since = self.clock.now() - self.settings.look_back;
        let mut pauses = RECONNECT_PAUSES.build();
        loop {
            let begun = self.clock.now();
            // A time in the future is from before the clock was set back: nobody knows how much was missed since.
            if missed_since > begun {
                missed_since = begun - self.settings.look_back;
            }
            let SocketEnd { good_until, has_caught_up, why } = tokio::select! {
                ended = self.session(missed_since, &worker) => ended,
                () = worker.shutdown().cancelled() => return,
            };
            if let Some(good_until) = good_until {
                // What this connection has not read either, the next one has to.
                if has_caught_up {
                    missed_since = good_until;
                }
                // A connection that is closed soon after it was made counts as failed: the pause keeps growing.
                if good_until - begun >= SILENCE_TIMEOUT {
                    pauses = RECONNECT_PAUSES.build();
                }
            }
            let pause = pauses.next().unwrap_or(MAX_RECONNECT_PAUSE);
            tracing::warn!(
                why,
                pause_s = pause.as_secs(),
                "the WebSocket of Invoicebox is closed; connecting again"
            );
            self.log.add(self.clock.now(), &format!("closed: {why}"));
            let pause_with_jitter = pause + jitter(pause);
            if worker.pause(pause_with_jitter).await.is_break() {
                return;
            }
        }
    }

    async fn session(&self, missed_since: OffsetDateTime, worker: &WorkerContext) -> SocketEnd {
        worker.beat(CONNECT_TIMEOUT);
        let url = format!("{}?token={}", self.settings.url, self.settings.token.expose_secret());
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_CALL_BYTES))
            .max_frame_size(Some(MAX_CALL_BYTES));
        let connecting = connect_async_with_config(url, Some(limits), true);
        let mut socket = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok((socket, _))) => socket,
            Ok(Err(error)) => return SocketEnd::never_opened(without_address(&error)),
            Err(_) => return SocketEnd::never_opened("no connection in time".to_owned()),
        };
        tracing::info!("the WebSocket of Invoicebox is open");
        self.log.add(self.clock.now(), "open");
        let _gauge = OpenGauge::show();
        let listener = Arc::clone(&self.listener);
        // Ends with the session, also when the shutdown drops it.
        let mut catching_up =
            AbortOnDropHandle::new(tokio::spawn(async move { listener.catch_up(missed_since).await }));
        let (mut is_catching_up, mut has_caught_up) = (true, false);

        let (answers, mut to_send) = mpsc::channel(MAX_CONCURRENT_CALLS);
        let slots = Arc::new(Semaphore::new(MAX_CONCURRENT_CALLS));
        let mut good_until = self.clock.now();
        let mut last_received = tokio::time::Instant::now();
        let mut ping = tokio::time::interval(PING_INTERVAL);
        let why = loop {
            worker.beat(PING_INTERVAL);
            tokio::select! {
                // What is rare comes first: a close must not be read before the end of the catching up.
                biased;
                finished = &mut catching_up, if is_catching_up => {
                    is_catching_up = false;
                    has_caught_up = finished.is_ok();
                    if let Err(error) = finished {
                        tracing::error!(
                            %error,
                            "reading the payments missed by the WebSocket ended in a panic; it is repeated after the next connection"
                        );
                    }
                }
                Some(answer) = to_send.recv() => {
                    if let Err(error) = socket.send(Message::text(answer)).await {
                        break without_address(&error);
                    }
                }
                message = socket.next() => {
                    match message {
                        Some(Ok(Message::Text(call))) => self.handle_message(call.to_string(), &answers, &slots).await,
                        Some(Ok(Message::Close(frame))) => {
                            break frame.map_or_else(|| "by them".to_owned(), |frame| format!("by them, {}", frame.code));
                        }
                        Some(Ok(_)) => {}
                        Some(Err(error)) => break without_address(&error),
                        None => break "by them".to_owned(),
                    }
                    good_until = self.clock.now();
                    last_received = tokio::time::Instant::now();
                }
                _ = ping.tick() => {
                    if last_received.elapsed() >= SILENCE_TIMEOUT {
                        break "silence".to_owned();
                    }
                    if let Err(error) = socket.send(Message::Ping(bytes::Bytes::new())).await {
                        break without_address(&error);
                    }
                }
            }
        };
        SocketEnd { good_until: Some(good_until), has_caught_up, why }
    }

    /// Works on a call beside the socket, which must go on answering pings.
    async fn handle_message(&self, call: String, answers: &mpsc::Sender<String>, slots: &Arc<Semaphore>) {
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { return };
        let (listener, log, clock) = (Arc::clone(&self.listener), Arc::clone(&self.log), self.clock.clone());
        let answers = answers.clone();
        tokio::spawn(async move {
            let answering = AssertUnwindSafe(answer(&call, &*listener, &log, &clock)).catch_unwind();
            let answer = answering.await.unwrap_or_else(|_| {
                tracing::error!("a call of the WebSocket ended in a panic; it is not answered");
                None
            });
            drop(slot);
            if let Some(answer) = answer {
                // The socket may be gone by now; then the answer is of no use.
                let _ = answers.send(answer.to_string()).await;
            }
        });
    }
}

/// The reply to a call; `None` where none is wanted.
async fn answer(call: &str, listener: &dyn SocketListener, log: &SocketLog, clock: &Clock) -> Option<Value> {
    let Ok(call) = parse_json(call.as_bytes()) else {
        tracing::warn!("a message of the Invoicebox WebSocket is not JSON");
        return Some(
            json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "Parse error"}}),
        );
    };
    let id = call.get("id").filter(|id| !id.is_null()).cloned();
    let method = text(&call, "method").unwrap_or_default();
    let params = call.get("params");
    let outcome = match method.as_str() {
        "onOrderStatusChange" => {
            let answer = match params.and_then(|params| params.get(0)).and_then(|order| text(order, "id")) {
                Some(provider_id) => listener.order_changed(&provider_id).await,
                None => {
                    NotificationAnswer::error(NotificationAnswerCode::OutOfService, "the call names no order")
                }
            };
            let answer = json!(answer);
            log.add(clock.now(), &format!("order changed: {}", answer_status(&answer)));
            json!({"result": answer})
        }
        "getStatus" => {
            let wanted = params.and_then(|params| params.get("logQuantity")).and_then(Value::as_u64);
            json!({"method": "getStatus", "result": status(log, wanted)})
        }
        // An answer, though we never ask.
        "" => return None,
        _ => json!({"error": {"code": -32601, "message": "Method not found"}}),
    };
    let mut reply = json!({"jsonrpc": "2.0", "id": id?});
    if let (Some(reply), Value::Object(outcome)) = (reply.as_object_mut(), outcome) {
        reply.extend(outcome);
    }
    Some(reply)
}

/// The answer of the vendor's examples: version of the protocol, kind of device, settings, the newest lines.
fn status(log: &SocketLog, lines: Option<u64>) -> Value {
    let lines = usize::try_from(lines.unwrap_or(40)).unwrap_or(MAX_LOG_LINES);
    json!({
        "version": "2.1",
        "type": "device",
        "settings": {"name": "Kolonka", "version": env!("CARGO_PKG_VERSION")},
        "log": log.newest(lines),
    })
}

fn answer_status(answer: &Value) -> String {
    text(answer, "code").or_else(|| text(answer, "status")).unwrap_or_default()
}

/// The text of an error without the address, which holds the token.
fn without_address(error: &Error) -> String {
    match error {
        Error::Io(error) => error.to_string(),
        Error::Tls(_) => "TLS".to_owned(),
        Error::Http(answer) => format!("HTTP {}", answer.status().as_u16()),
        Error::Protocol(error) => error.to_string(),
        Error::Capacity(error) => error.to_string(),
        Error::ConnectionClosed | Error::AlreadyClosed => "closed".to_owned(),
        _ => "the connection failed".to_owned(),
    }
}

/// Recent events of the WebSocket. Names neither orders nor payers: it is shown to the other side.
#[derive(Default)]
struct SocketLog(Mutex<VecDeque<String>>);

impl SocketLog {
    fn add(&self, at: OffsetDateTime, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= MAX_LOG_LINES {
            lines.pop_front();
        }
        lines.push_back(format!("{} {line}", at.truncate_to_second()));
    }

    fn newest(&self, count: usize) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().skip(lines.len().saturating_sub(count)).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
