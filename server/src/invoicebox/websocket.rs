//! The channel for installations without a public address: Invoicebox calls us over a WebSocket, JSON-RPC 2.0.
//!
//! Nothing is signed here and nothing is sent twice. So a call is only a hint that an order has changed: the
//! [`Listener`] reads the order before it believes anything, and after every (re)connection it reads what was missed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, mpsc};
use tokio_tungstenite::{
    connect_async_with_config,
    tungstenite::{Error, Message, protocol::WebSocketConfig},
};

use super::{Answer, AnswerCode, wire::value::text};
use crate::{clock::Clock, workers::WorkerContext};

/// Longest call that is read: as a notification.
const MAX_CALL_BYTES: usize = 1024 * 1024;
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The connection is tested this often, and given up when nothing has come back for three times as long.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);
/// Pauses before the next try to connect: doubled from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Calls worked on at once.
const MAX_CONCURRENT_CALLS: usize = 8;
/// Lines of the log kept for `getStatus`.
const MAX_LOG_LINES: usize = 200;

/// Whom the channel tells.
#[async_trait]
pub trait Listener: Send + Sync + 'static {
    /// They say that this order of theirs has changed; unproven.
    async fn order_changed(&self, provider_id: &str) -> Answer;

    /// The channel is open; what happened since this instant was not heard.
    async fn opened(&self, missed_since: OffsetDateTime);
}

/// How to reach the channel.
#[derive(Clone, Debug)]
pub struct ChannelSettings {
    /// Without the token: `wss://ws-gate.invoicebox.ru/v3/gate/rpc`.
    pub url: String,
    pub token: SecretString,
    /// How far back the first connection looks: the life of an unpaid order.
    pub look_back: Duration,
}

/// The channel. [`Channel::listen`] keeps it open.
pub struct Channel {
    settings: ChannelSettings,
    clock: Clock,
    listener: Arc<dyn Listener>,
    log: Arc<Log>,
}

/// How a connection ended.
struct Ended {
    /// When it was last known to be good; `None` when it never came about.
    good_until: Option<OffsetDateTime>,
    why: String,
}

impl Channel {
    #[must_use]
    pub fn new(settings: ChannelSettings, clock: Clock, listener: Arc<dyn Listener>) -> Self {
        Self { settings, clock, listener, log: Arc::default() }
    }

    /// Connects, listens, and connects again after growing pauses, until `shutdown`.
    pub async fn listen(self: Arc<Self>, worker: WorkerContext) {
        let mut missed_since = self.clock.now() - self.settings.look_back;
        let mut pause = FIRST_PAUSE;
        loop {
            let begun = self.clock.now();
            let Ended { good_until, why } = tokio::select! {
                ended = self.session(missed_since, &worker) => ended,
                () = worker.shutdown().cancelled() => return,
            };
            if let Some(good_until) = good_until {
                missed_since = good_until;
                // A connection that is closed soon after it was made is a failed one: the pause grows on.
                if good_until - begun >= SILENCE_TIMEOUT {
                    pause = FIRST_PAUSE;
                }
            }
            tracing::warn!(
                why,
                pause_s = pause.as_secs(),
                "the WebSocket of Invoicebox is closed; connecting again"
            );
            self.log.add(self.clock.now(), &format!("closed: {why}"));
            let pause_with_jitter = pause + pause.mul_f64(rand::random_range(0.0..0.25));
            worker.beat(pause_with_jitter);
            tokio::select! {
                () = tokio::time::sleep(pause_with_jitter) => {}
                () = worker.shutdown().cancelled() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn session(&self, missed_since: OffsetDateTime, worker: &WorkerContext) -> Ended {
        worker.beat(CONNECT_TIMEOUT);
        let url = format!("{}?token={}", self.settings.url, self.settings.token.expose_secret());
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_CALL_BYTES))
            .max_frame_size(Some(MAX_CALL_BYTES));
        let connecting = connect_async_with_config(url, Some(limits), true);
        let mut socket = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok((socket, _))) => socket,
            Ok(Err(error)) => return Ended { good_until: None, why: without_address(&error) },
            Err(_) => return Ended { good_until: None, why: "no connection in time".to_owned() },
        };
        tracing::info!("the WebSocket of Invoicebox is open");
        self.log.add(self.clock.now(), "open");
        metrics::gauge!("kolonka_invoicebox_websocket_open").set(1.0);
        let listener = Arc::clone(&self.listener);
        let catching_up = tokio::spawn(async move { listener.opened(missed_since).await });

        let (answers, mut to_send) = mpsc::channel(MAX_CONCURRENT_CALLS);
        let places = Arc::new(Semaphore::new(MAX_CONCURRENT_CALLS));
        let mut good_until = self.clock.now();
        let mut heard = tokio::time::Instant::now();
        let mut ping = tokio::time::interval(PING_INTERVAL);
        let why = loop {
            worker.beat(PING_INTERVAL);
            tokio::select! {
                message = socket.next() => {
                    match message {
                        Some(Ok(Message::Text(call))) => self.take(call.to_string(), &answers, &places).await,
                        Some(Ok(Message::Close(frame))) => {
                            break frame.map_or_else(|| "by them".to_owned(), |frame| format!("by them, {}", frame.code));
                        }
                        Some(Ok(_)) => {}
                        Some(Err(error)) => break without_address(&error),
                        None => break "by them".to_owned(),
                    }
                    good_until = self.clock.now();
                    heard = tokio::time::Instant::now();
                }
                Some(answer) = to_send.recv() => {
                    if let Err(error) = socket.send(Message::text(answer)).await {
                        break without_address(&error);
                    }
                }
                _ = ping.tick() => {
                    if heard.elapsed() >= SILENCE_TIMEOUT {
                        break "silence".to_owned();
                    }
                    if let Err(error) = socket.send(Message::Ping(bytes::Bytes::new())).await {
                        break without_address(&error);
                    }
                }
            }
        };
        catching_up.abort();
        metrics::gauge!("kolonka_invoicebox_websocket_open").set(0.0);
        Ended { good_until: Some(good_until), why }
    }

    /// Works on a call beside the socket, which must go on answering pings.
    async fn take(&self, call: String, answers: &mpsc::Sender<String>, places: &Arc<Semaphore>) {
        let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
        let (listener, log, clock) = (Arc::clone(&self.listener), Arc::clone(&self.log), self.clock.clone());
        let answers = answers.clone();
        tokio::spawn(async move {
            let answer = answer(&call, &*listener, &log, &clock).await;
            drop(place);
            if let Some(answer) = answer {
                // The socket may be gone by now; then the answer is of no use.
                let _ = answers.send(answer.to_string()).await;
            }
        });
    }
}

/// The reply to a call; `None` where none is wanted.
async fn answer(call: &str, listener: &dyn Listener, log: &Log, clock: &Clock) -> Option<Value> {
    let Ok(call) = serde_json::from_str::<Value>(call) else {
        tracing::warn!("the WebSocket of Invoicebox brought something that is not JSON");
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
                None => Answer::error(AnswerCode::OutOfService, "the call names no order"),
            };
            let answer = json!(answer);
            log.add(clock.now(), &format!("order changed: {}", word(&answer)));
            json!({"result": answer})
        }
        "getStatus" => {
            let wanted = params.and_then(|params| params.get("logQuantity")).and_then(Value::as_u64);
            json!({"method": "getStatus", "result": status(log, wanted)})
        }
        // An answer to something that we never ask.
        "" => return None,
        _ => json!({"error": {"code": -32601, "message": "Method not found"}}),
    };
    let mut reply = json!({"jsonrpc": "2.0", "id": id?});
    if let (Some(reply), Value::Object(outcome)) = (reply.as_object_mut(), outcome) {
        reply.extend(outcome);
    }
    Some(reply)
}

/// What the vendor's examples answer: version of the protocol, kind of device, settings, the newest lines.
fn status(log: &Log, lines: Option<u64>) -> Value {
    let lines = usize::try_from(lines.unwrap_or(40)).unwrap_or(MAX_LOG_LINES);
    json!({
        "version": "2.1",
        "type": "device",
        "settings": {"name": "Kolonka", "version": env!("CARGO_PKG_VERSION")},
        "log": log.newest(lines),
    })
}

fn word(answer: &Value) -> String {
    text(answer, "code").or_else(|| text(answer, "status")).unwrap_or_default()
}

/// An error's words; those of some kinds hold the address, and with it the token.
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

/// What happened on the channel lately. Names neither orders nor payers: it is shown to the other side.
#[derive(Default)]
struct Log(Mutex<VecDeque<String>>);

impl Log {
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
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    struct Yes;

    #[async_trait]
    impl Listener for Yes {
        async fn order_changed(&self, provider_id: &str) -> Answer {
            if provider_id == "known" {
                Answer::Success
            } else {
                Answer::error(AnswerCode::OrderNotFound, "nobody")
            }
        }

        async fn opened(&self, _: OffsetDateTime) {}
    }

    async fn reply(call: &str) -> Option<Value> {
        let log = Log::default();
        log.add(OffsetDateTime::UNIX_EPOCH, "open");
        log.add(OffsetDateTime::UNIX_EPOCH, "closed: silence");
        answer(call, &Yes, &log, &Clock::system()).await
    }

    #[tokio::test]
    async fn calls_are_answered_by_the_rules_of_json_rpc() {
        let known = r#"{"jsonrpc":"2.0","id":7,"method":"onOrderStatusChange","params":[{"id":"known"}]}"#;
        assert_eq!(
            reply(known).await,
            Some(json!({"jsonrpc": "2.0", "id": 7, "result": {"status": "success"}}))
        );
        let unknown = known.replace("known", "x");
        assert_eq!(reply(&unknown).await.unwrap()["result"]["code"], "order_not_found");
        for broken in [r#"[]"#, r#"[{}]"#, r#"{}"#, "null"] {
            let call = format!(r#"{{"id":"a","method":"onOrderStatusChange","params":{broken}}}"#);
            assert_eq!(reply(&call).await.unwrap()["result"]["code"], "out_of_service", "{broken}");
        }
        assert_eq!(reply(r#"{"id":1,"method":"dance"}"#).await.unwrap()["error"]["code"], -32601);
        assert_eq!(reply("{").await.unwrap()["error"]["code"], -32700);
        assert_eq!(reply(r#"{"id":1,"result":true}"#).await, None, "we have asked nothing");
        assert_eq!(reply(r#"{"method":"onOrderStatusChange","params":[{"id":"known"}]}"#).await, None);
    }

    #[tokio::test]
    async fn the_status_holds_as_many_lines_as_were_asked_for() {
        let answer = reply(r#"{"id":1,"method":"getStatus","params":{"logQuantity":1}}"#).await.unwrap();
        assert_eq!(
            (&answer["result"]["version"], &answer["result"]["type"]),
            (&json!("2.1"), &json!("device"))
        );
        assert_eq!(answer["method"], "getStatus");
        let lines = answer["result"]["log"].as_array().unwrap();
        assert!(lines.len() == 1 && lines[0].as_str().unwrap().ends_with("closed: silence"), "{lines:?}");
    }

    #[tokio::test]
    async fn a_door_without_tls_is_told_and_not_entered() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("wss://{}/v3/gate/rpc", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut peer, _) = listener.accept().await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut peer, b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
        });
        let settings = ChannelSettings { url, token: "secret-token".into(), look_back: Duration::ZERO };
        let channel = Channel::new(settings, Clock::system(), Arc::new(Yes));
        let worker = WorkerContext::unsupervised(CancellationToken::new());
        let ended = channel.session(OffsetDateTime::UNIX_EPOCH, &worker).await;
        assert!(ended.good_until.is_none() && !ended.why.contains("secret-token"), "{}", ended.why);
    }

    #[test]
    fn no_error_shows_the_address_with_its_token() {
        use tokio_tungstenite::tungstenite::error::UrlError;
        let error = Error::Url(UrlError::UnableToConnect("wss://x/?token=secret".to_owned()));
        assert!(!without_address(&error).contains("secret"));
    }
}
