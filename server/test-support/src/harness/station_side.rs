//! A station side that does what a test tells it, and nothing by itself.

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

/// How a call is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    Status(u16, &'static str),
    /// Taken, and never answered.
    Hangs,
    /// Taken, and the connection closed without an answer.
    Closes,
}

/// What came.
#[derive(Clone, Debug)]
pub struct Came {
    /// By the machine's clock.
    pub at: OffsetDateTime,
    pub query: String,
    pub system_key: Option<String>,
    pub body: Value,
}

#[derive(Default)]
struct StationSideState {
    /// Answers to the next orders; those after them are 200.
    orders: Mutex<VecDeque<Answer>>,
    ping: Mutex<Option<Answer>>,
    pushed: Mutex<Vec<Came>>,
    pings: Mutex<Vec<String>>,
}

/// A station side on a port of its own.
#[derive(Clone)]
pub struct StationSide {
    pub url: String,
    inner: Arc<StationSideState>,
}

impl StationSide {
    pub async fn open() -> Self {
        let inner = Arc::new(StationSideState::default());
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

    /// The next orders that are pushed are answered so.
    pub fn will(&self, answers: &[Answer]) {
        self.inner.orders.lock().unwrap().extend(answers.iter().cloned());
    }

    /// Pings are answered so from now on; `None`: the pump is free.
    pub fn ping_says(&self, answer: Option<Answer>) {
        *self.inner.ping.lock().unwrap() = answer;
    }

    pub fn pushed(&self) -> Vec<Came> {
        self.inner.pushed.lock().unwrap().clone()
    }

    /// Statuses that were pushed.
    pub fn statuses(&self) -> Vec<String> {
        self.pushed().iter().map(|came| came.body["Status"].as_str().unwrap().to_owned()).collect()
    }

    /// Queries of the pings.
    pub fn pings(&self) -> Vec<String> {
        self.inner.pings.lock().unwrap().clone()
    }
}

/// A server whose pumps are at a station side that does nothing by itself.
pub async fn station(kind: DatabaseKind) -> (TestServer, StationSide) {
    let station = StationSide::open().await;
    let server = TestServer::start_with(kind, &station.variables()).await;
    server.quicken().await;
    (server, station)
}

async fn answer(answer: Option<Answer>) -> Response {
    match answer {
        None => StatusCode::OK.into_response(),
        Some(Answer::Status(status, words)) => (StatusCode::from_u16(status).unwrap(), words).into_response(),
        Some(Answer::Hangs) => std::future::pending().await,
        // Ends the task of this connection, and prints nothing.
        Some(Answer::Closes) => std::panic::resume_unwind(Box::new(())),
    }
}

async fn ping(State(inner): State<Arc<StationSideState>>, RawQuery(query): RawQuery) -> Response {
    inner.pings.lock().unwrap().push(query.unwrap_or_default());
    let told = inner.ping.lock().unwrap().clone();
    answer(told).await
}

async fn order(
    State(inner): State<Arc<StationSideState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let system_key = headers.get("externalsystemapikey").map(|key| key.to_str().unwrap().to_owned());
    inner.pushed.lock().unwrap().push(Came {
        at: Clock::system().wall(),
        query: query.unwrap_or_default(),
        system_key,
        body,
    });
    let told = inner.orders.lock().unwrap().pop_front();
    answer(told).await
}

impl TestServer {
    /// What a station says of an order; gives the status of the answer.
    pub async fn said(&self, order: &Order, call: &str, fields: &str) -> u16 {
        self.said_of(&Reference::of(order).to_string(), call, fields).await
    }

    pub async fn said_of(&self, reference: &str, call: &str, fields: &str) -> u16 {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("apikey={CALLBACK_KEY}&orderId={reference}&{fields}");
        self.send(Method::POST, &format!("/api/order/{call}"), &form, &body).await.status().as_u16()
    }
}
