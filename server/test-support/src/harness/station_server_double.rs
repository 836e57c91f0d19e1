//! A station server that does what a test asks of it, and nothing by itself.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::order::Order;
use reqwest::Method;
use serde_json::Value;
use server::{clock::Clock, station_link::tanker_push::Reference};
use time::OffsetDateTime;

use super::{DatabaseKind, TestServer, until};

/// The sandbox's key for callbacks.
pub const CALLBACK_KEY: &str = "sandbox-callback-key";

/// The answer to a call.
#[derive(Clone, Debug)]
pub enum StationServerAnswer {
    Status(u16, &'static str),
    /// The call is recorded and never answered.
    Hangs,
    /// The call is recorded, and the connection is closed without an answer.
    Closes,
}

/// A call to the station server: a ping, or a push of an order with one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StationServerCall {
    Ping,
    OrderCreated,
    Completed,
    StationCanceled,
    UserCanceled,
    Expire,
}

impl StationServerCall {
    const PUSHES: [Self; 5] =
        [Self::OrderCreated, Self::Completed, Self::StationCanceled, Self::UserCanceled, Self::Expire];

    /// The status of a push as it is sent.
    fn of_push(status: &str) -> Self {
        let is_meant = |call: &Self| format!("{call:?}") == status;
        Self::PUSHES.into_iter().find(is_meant).unwrap_or_else(|| panic!("a push with the status {status}"))
    }
}

/// An order that the service pushed.
#[derive(Clone, Debug)]
pub struct ReceivedPush {
    /// By the machine's clock.
    pub at: OffsetDateTime,
    pub query: String,
    pub system_key: Option<String>,
    pub body: Value,
}

impl ReceivedPush {
    /// The id of the release.
    pub fn id(&self) -> &str {
        self.body["Id"].as_str().unwrap()
    }

    pub fn call(&self) -> StationServerCall {
        StationServerCall::of_push(self.status())
    }

    fn status(&self) -> &str {
        self.body["Status"].as_str().unwrap()
    }

    pub fn pump(&self) -> u64 {
        self.body["ColumnId"].as_u64().unwrap()
    }
}

/// The answers to one kind of call: those that are queued, then always the same one.
#[derive(Default)]
struct ScriptedAnswers {
    next: VecDeque<StationServerAnswer>,
    /// `None`: 200.
    afterwards: Option<StationServerAnswer>,
}

#[derive(Default)]
struct StationServerState {
    /// Answers to the next orders, whatever their status, where none is scripted for it.
    orders: Mutex<VecDeque<StationServerAnswer>>,
    scripted: Mutex<HashMap<StationServerCall, ScriptedAnswers>>,
    /// Answers to pings of single pumps, before those to all.
    pumps: Mutex<HashMap<u64, StationServerAnswer>>,
    received_pushes: Mutex<Vec<ReceivedPush>>,
    pings: Mutex<Vec<String>>,
}

/// A station server on a port of its own.
#[derive(Clone)]
pub struct StationServerDouble {
    pub url: String,
    inner: Arc<StationServerState>,
}

impl StationServerDouble {
    pub async fn open() -> Self {
        let inner = Arc::new(StationServerState::default());
        let app = Router::new()
            .route("/ping", get(ping))
            .route("/order", post(order))
            .with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inner }
    }

    /// The variables of a server whose pumps are here.
    pub fn variables(&self) -> [(&'static str, &str); 3] {
        [
            ("KOLONKA_FORECOURT", "tanker"),
            ("KOLONKA_TANKER_URL", &self.url),
            ("KOLONKA_TANKER_SYSTEM_KEY", "our-system-key"),
        ]
    }

    /// Queues the answers to the next pushed orders; further ones are 200.
    pub fn queue_answers(&self, answers: &[StationServerAnswer]) {
        self.inner.orders.lock().unwrap().extend(answers.iter().cloned());
    }

    /// Queues the answers to the next calls of this kind, before those for any.
    pub fn queue_answers_to(&self, call: StationServerCall, answers: &[StationServerAnswer]) {
        let mut scripted = self.inner.scripted.lock().unwrap();
        scripted.entry(call).or_default().next.extend(answers.iter().cloned());
    }

    /// Sets the answer to calls of this kind once the queued ones are used up; `None`: 200.
    pub fn set_answer_to(&self, call: StationServerCall, answer: Option<StationServerAnswer>) {
        self.inner.scripted.lock().unwrap().entry(call).or_default().afterwards = answer;
    }

    /// Sets the answer to pings from now on; `None`: the pumps are free.
    pub fn set_ping_answer(&self, answer: Option<StationServerAnswer>) {
        self.set_answer_to(StationServerCall::Ping, answer);
    }

    /// Sets the answer to pings of one pump, before that to all; `None`: as all.
    pub fn set_ping_answer_at(&self, pump: u64, answer: Option<StationServerAnswer>) {
        let mut pumps = self.inner.pumps.lock().unwrap();
        match answer {
            Some(answer) => pumps.insert(pump, answer),
            None => pumps.remove(&pump),
        };
    }

    pub fn received_pushes(&self) -> Vec<ReceivedPush> {
        self.inner.received_pushes.lock().unwrap().clone()
    }

    /// The pushes under one id.
    pub fn pushes_of(&self, id: &str) -> Vec<ReceivedPush> {
        self.received_pushes().into_iter().filter(|push| push.id() == id).collect()
    }

    /// What was pushed under one id.
    pub fn calls_of(&self, id: &str) -> Vec<StationServerCall> {
        self.pushes_of(id).iter().map(ReceivedPush::call).collect()
    }

    /// The ids under which a release was requested, each once, in the order of the first request.
    pub fn release_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for push in self.received_pushes() {
            if push.call() == StationServerCall::OrderCreated && !ids.iter().any(|id| id == push.id()) {
                ids.push(push.id().to_owned());
            }
        }
        ids
    }

    /// Waits for the release of this number, from 1, and returns its id.
    pub async fn wait_for_release(&self, number: usize) -> String {
        until(&format!("release {number}"), async || self.release_ids().into_iter().nth(number - 1)).await
    }

    /// Waits for a push under this id.
    pub async fn wait_for_call(&self, id: &str, call: StationServerCall) {
        until(&format!("{call:?} of {id}"), async || self.calls_of(id).contains(&call).then_some(())).await;
    }

    /// Statuses that were pushed.
    pub fn statuses(&self) -> Vec<String> {
        self.received_pushes().iter().map(|push| push.status().to_owned()).collect()
    }

    /// Forgets the pings that came so far.
    pub fn forget_pings(&self) {
        self.inner.pings.lock().unwrap().clear();
    }

    /// Queries of the pings.
    pub fn pings(&self) -> Vec<String> {
        self.inner.pings.lock().unwrap().clone()
    }
}

/// A server whose pumps are at a station server that does nothing by itself.
pub async fn start_with_station_double(kind: DatabaseKind) -> (TestServer, StationServerDouble) {
    let station = StationServerDouble::open().await;
    let server = TestServer::start_with(kind, &station.variables()).await;
    server.remove_delays_and_limits().await;
    (server, station)
}

async fn answer(answer: Option<StationServerAnswer>) -> Response {
    match answer {
        None => StatusCode::OK.into_response(),
        Some(StationServerAnswer::Status(status, text)) => {
            (StatusCode::from_u16(status).unwrap(), text).into_response()
        }
        Some(StationServerAnswer::Hangs) => std::future::pending().await,
        // Ends the task of this connection, and prints nothing.
        Some(StationServerAnswer::Closes) => std::panic::resume_unwind(Box::new(())),
    }
}

impl StationServerState {
    /// The scripted answer to a call of this kind.
    fn take_answer(&self, call: StationServerCall) -> Option<StationServerAnswer> {
        let mut scripted = self.scripted.lock().unwrap();
        let answers = scripted.get_mut(&call)?;
        answers.next.pop_front().or_else(|| answers.afterwards.clone())
    }

    fn ping_answer(&self, query: &str) -> Option<StationServerAnswer> {
        let pump = query.split('&').find_map(|field| field.strip_prefix("columnId="));
        let pump = pump.and_then(|pump| pump.parse().ok());
        let of_pump = pump.and_then(|pump: u64| self.pumps.lock().unwrap().get(&pump).cloned());
        of_pump.or_else(|| self.take_answer(StationServerCall::Ping))
    }
}

async fn ping(State(inner): State<Arc<StationServerState>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let next = inner.ping_answer(&query);
    inner.pings.lock().unwrap().push(query);
    answer(next).await
}

async fn order(
    State(inner): State<Arc<StationServerState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let system_key = headers.get("externalsystemapikey").map(|key| key.to_str().unwrap().to_owned());
    let at = Clock::system().wall();
    let push = ReceivedPush { at, query: query.unwrap_or_default(), system_key, body };
    // Taken before the push is seen: a test that has seen it scripts the next one.
    let next = inner.take_answer(push.call()).or_else(|| inner.orders.lock().unwrap().pop_front());
    inner.received_pushes.lock().unwrap().push(push);
    answer(next).await
}

impl TestServer {
    /// Waits until the station is asked for the order's release, and may call about it.
    pub async fn wait_until_asked(&self, id: &str) -> Order {
        until("the station has been asked", || async {
            Some(self.stored(id).await).filter(Order::has_sent_release)
        })
        .await
    }

    /// Sends a callback for the order's last release as a station does. Returns the status of the answer.
    pub async fn send_callback(&self, order: &Order, call: &str, fields: &str) -> u16 {
        let release = order.releases.last().map_or(1, |release| release.number);
        self.send_callback_for(&Reference::of(order, release).to_string(), call, fields).await
    }

    /// Sends a callback for a station reference, which need not be one of ours. Returns the status of the answer.
    pub async fn send_callback_for(&self, reference: &str, call: &str, fields: &str) -> u16 {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("apikey={CALLBACK_KEY}&orderId={reference}&{fields}");
        self.send(Method::POST, &format!("/api/order/{call}"), &form, &body).await.status().as_u16()
    }
}
