//! A station server that does what a test asks of it, and nothing by itself.

use std::{
    collections::VecDeque,
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

use super::{DatabaseKind, TestServer};

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

/// An order that the service pushed.
#[derive(Clone, Debug)]
pub struct ReceivedPush {
    /// By the machine's clock.
    pub at: OffsetDateTime,
    pub query: String,
    pub system_key: Option<String>,
    pub body: Value,
}

#[derive(Default)]
struct StationServerState {
    /// Answers to the next orders; those after them are 200.
    orders: Mutex<VecDeque<StationServerAnswer>>,
    ping: Mutex<Option<StationServerAnswer>>,
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

    /// Sets the answer to pings from now on; `None`: the pump is free.
    pub fn set_ping_answer(&self, answer: Option<StationServerAnswer>) {
        *self.inner.ping.lock().unwrap() = answer;
    }

    pub fn received_pushes(&self) -> Vec<ReceivedPush> {
        self.inner.received_pushes.lock().unwrap().clone()
    }

    /// Statuses that were pushed.
    pub fn statuses(&self) -> Vec<String> {
        self.received_pushes().iter().map(|push| push.body["Status"].as_str().unwrap().to_owned()).collect()
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

async fn ping(State(inner): State<Arc<StationServerState>>, RawQuery(query): RawQuery) -> Response {
    inner.pings.lock().unwrap().push(query.unwrap_or_default());
    let next = inner.ping.lock().unwrap().clone();
    answer(next).await
}

async fn order(
    State(inner): State<Arc<StationServerState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let system_key = headers.get("externalsystemapikey").map(|key| key.to_str().unwrap().to_owned());
    inner.received_pushes.lock().unwrap().push(ReceivedPush {
        at: Clock::system().wall(),
        query: query.unwrap_or_default(),
        system_key,
        body,
    });
    let next = inner.orders.lock().unwrap().pop_front();
    answer(next).await
}

impl TestServer {
    /// Sends a callback for an order as a station does. Returns the status of the answer.
    pub async fn send_callback(&self, order: &Order, call: &str, fields: &str) -> u16 {
        self.send_callback_for(&Reference::of(order).to_string(), call, fields).await
    }

    /// Sends a callback for a station reference, which need not be one of ours. Returns the status of the answer.
    pub async fn send_callback_for(&self, reference: &str, call: &str, fields: &str) -> u16 {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("apikey={CALLBACK_KEY}&orderId={reference}&{fields}");
        self.send(Method::POST, &format!("/api/order/{call}"), &form, &body).await.status().as_u16()
    }
}
