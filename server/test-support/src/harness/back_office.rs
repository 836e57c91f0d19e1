//! An ERP that receives events of orders, and fails as a test asks.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::until;

/// The key of its signatures.
pub const NOTIFY_KEY: &str = "a-key-between-the-two";

/// The end of a delivery.
#[derive(Clone, Copy, Debug)]
pub enum BackOfficeReply {
    Accept,
    /// HTTP 500.
    Fail,
    /// Answers with HTML and an unknown status.
    Malformed,
    /// Redirects the caller to another address.
    Redirect,
    /// Answers with a success, but only after this time.
    AnswerLate(Duration),
}

#[derive(Default)]
struct BackOfficeState {
    replies: Mutex<VecDeque<BackOfficeReply>>,
    /// While true every delivery fails.
    down: Mutex<bool>,
    /// Every event that came, accepted or not.
    received: Mutex<Vec<(Value, bool)>>,
    /// Bodies under a wrong signature. A handler has no test to fail: the readers of this double do.
    wrongly_signed: Mutex<Vec<String>>,
}

/// A receiver on a port of its own.
#[derive(Clone)]
pub struct BackOffice {
    pub url: String,
    inner: Arc<BackOfficeState>,
}

impl BackOffice {
    pub async fn open() -> Self {
        let inner = Arc::new(BackOfficeState::default());
        let app = Router::new().route("/events", post(receive)).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inner }
    }

    /// The variables of a server that posts its events here.
    pub fn variables(&self) -> [(&'static str, &str); 2] {
        [("KOLONKA_ERP_NOTIFY_URL", &self.url), ("KOLONKA_ERP_NOTIFY_KEY", NOTIFY_KEY)]
    }

    /// Queues the ends of the next deliveries; further ones are accepted.
    pub fn queue_replies(&self, replies: &[BackOfficeReply]) {
        self.inner.replies.lock().unwrap().extend(replies);
    }

    /// Makes every delivery fail while `down`.
    pub fn set_down(&self, down: bool) {
        *self.inner.down.lock().unwrap() = down;
    }

    /// Counts the deliveries, accepted or not.
    pub fn delivery_count(&self) -> usize {
        self.inner.received.lock().unwrap().len()
    }

    /// Statuses of an order in the order in which they were accepted.
    ///
    /// # Panics
    /// A body came under a wrong signature.
    pub fn accepted_statuses(&self, id: &str) -> Vec<String> {
        let wrongly_signed = self.inner.wrongly_signed.lock().unwrap();
        assert!(wrongly_signed.is_empty(), "every event is signed over its raw body: {wrongly_signed:?}");
        let received = self.inner.received.lock().unwrap();
        let of_order = received.iter().filter(|(event, taken)| *taken && event["order"]["id"] == id);
        of_order.map(|(event, _)| event["order"]["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Events of an order, taken or not.
    pub fn events(&self, id: &str) -> Vec<Value> {
        let received = self.inner.received.lock().unwrap();
        received.iter().map(|(event, _)| event.clone()).filter(|event| event["order"]["id"] == id).collect()
    }

    /// Waits until an event of the order with this status was accepted. Returns all accepted statuses.
    pub async fn wait_for_status(&self, id: &str, status: &str) -> Vec<String> {
        until(&format!("the back office accepts `{status}`"), || async move {
            Some(self.accepted_statuses(id)).filter(|statuses| statuses.iter().any(|it| it == status))
        })
        .await
    }
}

async fn receive(State(inner): State<Arc<BackOfficeState>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut mac = Hmac::<Sha256>::new_from_slice(NOTIFY_KEY.as_bytes()).unwrap();
    mac.update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    if headers.get("x-kolonka-signature").is_none_or(|given| given != signature.as_str()) {
        let text = String::from_utf8_lossy(&body).into_owned();
        inner.wrongly_signed.lock().unwrap().push(text);
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let event: Value = serde_json::from_slice(&body).unwrap();
    let reply = match *inner.down.lock().unwrap() {
        true => BackOfficeReply::Fail,
        false => inner.replies.lock().unwrap().pop_front().unwrap_or(BackOfficeReply::Accept),
    };
    inner.received.lock().unwrap().push((event, matches!(reply, BackOfficeReply::Accept)));
    match reply {
        BackOfficeReply::Accept => StatusCode::NO_CONTENT.into_response(),
        BackOfficeReply::Fail => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        BackOfficeReply::Malformed => (StatusCode::IM_A_TEAPOT, "<html>welcome</html>").into_response(),
        BackOfficeReply::Redirect => Redirect::temporary("http://127.0.0.1:1/").into_response(),
        BackOfficeReply::AnswerLate(span) => {
            tokio::time::sleep(span).await;
            StatusCode::NO_CONTENT.into_response()
        }
    }
}
