//! The simulated station called over HTTP, with a partner that records what it is told.

mod faults;
mod page;
mod releases;
mod withdrawals;

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Form, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{OrderPhase, Partner, StationOrder, StationSandbox, StationSettings};
use crate::clock::{SharedClock, TestClock};

/// Longest wait, also on a slow machine.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);
const API_KEY: &str = "a-partner";
/// Two releases of the order 10451, and one of the order 10452.
pub const FIRST: &str = "000028d3-7c1e-8f3a-9d0b-5a6c7e8f9a0b";
pub const SECOND: &str = "000028d3-1b2c-8d4e-8f60-718293a4b5c6";
pub const OTHER: &str = "000028d4-93b1-8c2d-a4e5-f60718293a4b";

/// A call that the partner received: its name, the id of the release, and its other fields.
#[derive(Clone, Debug)]
pub struct ReceivedCall {
    pub call: String,
    pub fields: HashMap<String, String>,
}

impl ReceivedCall {
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

#[derive(Default)]
struct PartnerState {
    received: Mutex<Vec<ReceivedCall>>,
    /// Status of the answer by the name of the call; otherwise 200.
    answers: Mutex<HashMap<&'static str, u16>>,
}

pub struct StationFixture {
    pub station: StationSandbox,
    clock: SharedClock,
    http: reqwest::Client,
    partner: Arc<PartnerState>,
}

async fn record(
    State(partner): State<Arc<PartnerState>>,
    Path(call): Path<String>,
    Form(fields): Form<HashMap<String, String>>,
) -> StatusCode {
    let status = partner.answers.lock().unwrap().get(call.as_str()).copied().unwrap_or(200);
    partner.received.lock().unwrap().push(ReceivedCall { call, fields });
    StatusCode::from_u16(status).unwrap()
}

impl StationFixture {
    pub async fn new() -> Self {
        let partner = Arc::new(PartnerState::default());
        let router = Router::new().route("/api/order/{call}", post(record)).with_state(Arc::clone(&partner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let callback_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = TestClock::shared();
        let settings = StationSettings {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Arc::clone(&clock),
            speed: 1,
            partners: vec![Partner {
                api_key: API_KEY.to_owned(),
                callback_url,
                callback_key: "a-key".to_owned(),
            }],
            network: Vec::new(),
            shutdown: CancellationToken::new(),
        };
        let station = StationSandbox::open(settings).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().timeout(TEST_TIMEOUT).build().unwrap();
        let fixture = Self { station, clock, http, partner };
        fixture.control(json!({ "hang_ms": 1 }));
        fixture
    }

    pub fn control(&self, request: Value) -> Value {
        self.station.control(serde_json::from_value(request).unwrap()).unwrap()
    }

    /// Lets a fault strike once at the next release.
    pub fn fail_once(&self, fault: &str) {
        self.control(json!({ "fault": fault, "once": true }));
    }

    /// Sets the status with which the partner answers a call from now on.
    pub fn answer_to(&self, call: &'static str, status: u16) {
        self.partner.answers.lock().unwrap().insert(call, status);
    }

    pub async fn ping(&self, pump: u16) -> u16 {
        let query = format!("apikey={API_KEY}&stationId=sever-12&columnId={pump}");
        let answer = self.http.get(format!("{}/ping?{query}", self.station.url())).send().await;
        answer.unwrap().status().as_u16()
    }

    /// Pushes a release of 12 l, or its end. Returns the status of the answer and its text.
    pub async fn push(&self, id: &str, pump: u16, status: &str) -> (u16, String) {
        let body = json!({
            "Id": id, "StationId": "sever-12", "ColumnId": pump, "FuelId": "a95", "OrderType": "Liters", "Litre": 12,
            "Status": status,
        });
        let url = format!("{}/order?apikey={API_KEY}", self.station.url());
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Pushes a release at pump 4. Returns the status of the answer.
    pub async fn release(&self, id: &str) -> u16 {
        self.push(id, 4, "OrderCreated").await.0
    }

    /// Pushes the withdrawal of a release at pump 4. Returns the status of the answer.
    pub async fn withdraw(&self, id: &str) -> u16 {
        self.push(id, 4, "UserCanceled").await.0
    }

    pub fn find(&self, id: &str) -> Option<StationOrder> {
        self.station.orders().into_iter().find(|order| order.id == id)
    }

    /// What the partner was told about a release: the calls with their volumes, readings of the meter as one.
    pub fn told(&self, id: &str) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for received in self.received(id) {
            let litre =
                Some(received.field("litre")).filter(|litre| received.call != "volume" && !litre.is_empty());
            let line = litre.map_or(received.call.clone(), |litre| format!("{} {litre}", received.call));
            if line != "volume" || told.last().is_none_or(|last| last != "volume") {
                told.push(line);
            }
        }
        told
    }

    pub fn received(&self, id: &str) -> Vec<ReceivedCall> {
        let received = self.partner.received.lock().unwrap();
        received.iter().filter(|call| call.field("orderId") == id).cloned().collect()
    }

    /// Moves the time on until the partner was told exactly this about a release.
    pub async fn until_told(&self, id: &str, expected: &[&str]) {
        self.until(&format!("{expected:?}"), || self.told(id) == expected).await;
    }

    pub async fn until_phase(&self, id: &str, phase: OrderPhase) {
        let in_phase = || self.find(id).is_some_and(|order| order.phase == phase);
        self.until(&format!("{phase:?}"), in_phase).await;
    }

    /// Moves the time on, more than any release takes. Nothing more was told about it than before.
    pub async fn assert_nothing_more_is_told(&self, id: &str) {
        let told = self.told(id);
        for _ in 0..60 {
            self.move_on().await;
        }
        assert_eq!(self.told(id), told);
    }

    async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let moving = async {
            while !is_so() {
                self.move_on().await;
            }
        };
        let in_time = tokio::time::timeout(TEST_TIMEOUT, moving).await;
        let received = self.partner.received.lock().unwrap().clone();
        assert!(in_time.is_ok(), "not {what}: {received:?}");
    }

    async fn move_on(&self) {
        self.clock.advance(Duration::from_millis(500));
        // For calls over HTTP that became due.
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}
