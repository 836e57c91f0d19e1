//! The emulator called over HTTP.

mod api;
mod faults;
mod lists;
mod notifications;
mod office;
mod other_services;
mod payment_page;
mod settlement;
mod shops;
mod sums;
mod websocket;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::ServiceExt;

use super::{InvoiceboxSandbox, InvoiceboxSettings, TestToken, wire};
use crate::{
    clock::{SharedClock, TestClock},
    documents,
};

/// Longest wait for an answer, also on a slow machine.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(60);
pub const MERCHANT_ID: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
pub const OTHER_MERCHANT_ID: &str = "0199f0a1-0000-4000-8000-00000000000b";
pub const API_TOKEN: &str = "b37c4c689295904ed21eee5d9a48d42e";
pub const NOTIFICATION_KEY: &str = "azs-demo-signing-key";
pub const ORDERS_PATH: &str = "v3/billing/api/order/order";

pub struct EmulatorFixture {
    pub sandbox: InvoiceboxSandbox,
    pub clock: SharedClock,
    pub shop: MerchantServer,
}

/// A merchant that receives notifications: records them, and answers from a queue, else with success.
pub struct MerchantServer {
    pub url: String,
    received: mpsc::UnboundedReceiver<ReceivedNotification>,
    answers: AnswerQueue,
}

type AnswerQueue = Arc<Mutex<Vec<(u16, String)>>>;

pub struct ReceivedNotification {
    pub path: String,
    pub signature: String,
    pub body: String,
}

impl ReceivedNotification {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl EmulatorFixture {
    pub async fn new() -> Self {
        let (clock, shop) = (TestClock::shared(), MerchantServer::open().await);
        let token = |token: &str, merchants: &[&str]| TestToken {
            token: token.to_owned(),
            merchant_ids: merchants.iter().map(|id| (*id).to_owned()).collect(),
        };
        let sandbox = InvoiceboxSandbox::new(InvoiceboxSettings {
            public_url: "http://127.0.0.1:3000".to_owned(),
            tokens: vec![
                token(API_TOKEN, &[MERCHANT_ID]),
                token("other", &[OTHER_MERCHANT_ID]),
                token("powerless", &[]),
            ],
            merchant_keys: std::collections::BTreeMap::new(),
            signs_with_sha256: false,
            notification_key: NOTIFICATION_KEY.to_owned(),
            notification_url: format!("{}/default", shop.url),
            clock: clock.clone(),
        });
        Self { sandbox, clock, shop }
    }

    fn router(&self) -> Router {
        let invoicebox = self.sandbox.clone();
        let pages = crate::payment_page::router(invoicebox.clone()).merge(documents::router(invoicebox));
        self.sandbox.router().merge(pages)
    }

    pub fn control(&self, request: Value) -> Value {
        self.sandbox.control(request).unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let answer = self.router().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    pub async fn call_as(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: &str,
    ) -> (u16, HeaderMap, Value) {
        let mut request = Request::builder().method(method).uri(format!("/sandbox/invoicebox/{path}"));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let (status, headers, text) = self.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        (status.as_u16(), headers, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, _, answer) = self.call_as(Some(API_TOKEN), method, path, &body).await;
        (status, answer)
    }

    /// Creates an order and returns it.
    pub async fn order(&self, body: &Value) -> Value {
        let (status, answer) = self.call("POST", ORDERS_PATH, body).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }

    /// Status of an order as the API shows it.
    pub async fn status(&self, id: &str) -> String {
        let (_, answer) = self.call("GET", &format!("{ORDERS_PATH}/{id}"), &Value::Null).await;
        answer["data"]["status"].as_str().unwrap().to_owned()
    }

    /// Waits until so many tries are in the log and returns the outcomes.
    pub async fn outcomes(&self, count: usize) -> Vec<String> {
        let wait = async {
            loop {
                let log = self.control(json!({"log": true}));
                let tries = log["log"]["notifications"].as_array().unwrap().clone();
                if tries.len() >= count {
                    return tries.iter().map(|entry| entry["outcome"].as_str().unwrap().to_owned()).collect();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(TEST_TIMEOUT, wait).await.expect("the tries did not happen")
    }

    /// A valid body of one order: fuel, coffee, food.
    pub fn draft(&self, number: &str) -> Value {
        let expires = wire::format_timestamp(self.clock.now() + Duration::from_secs(1800));
        json!({
            "merchantId": MERCHANT_ID, "merchantOrderId": number, "description": "Топливо и кафе, колонка 4",
            "amount": money("2900.96"), "vatAmount": money("499.01"), "currencyId": "RUB", "expirationDate": expires,
            "successUrl": "https://azs.example/o/1/ok", "failUrl": "https://azs.example/o/1/fail",
            "returnUrl": "https://azs.example/o/1",
            "basketItems": [
                line("AI92", "37.41", "62.37", ["51.12", "2333.26", "420.75"], "RUS_VAT22"),
                line("COFFEE", "2", "149", ["122.13", "298", "53.74"], "RUS_VAT22"),
                line("FOOD", "3", "89.90", ["81.73", "269.70", "24.52"], "RUS_VAT10"),
            ],
            "customer": {"type": "legal", "name": "ООО «Ромашка»", "vatNumber": "7707083893"},
        })
    }
}

impl MerchantServer {
    async fn open() -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let answers = AnswerQueue::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(receive).with_state((sender, answers.clone()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, received, answers }
    }

    /// Queues the answers to the next notifications; further ones get success.
    pub fn answers(&self, answers: &[(u16, &str)]) {
        let answers = answers.iter().rev().map(|(status, body)| (*status, (*body).to_owned()));
        *self.answers.lock().unwrap() = answers.collect();
    }

    pub async fn next(&mut self) -> ReceivedNotification {
        let next = tokio::time::timeout(TEST_TIMEOUT, self.received.recv());
        next.await.expect("no notification came").unwrap()
    }
}

async fn receive(
    State((sender, answers)): State<(mpsc::UnboundedSender<ReceivedNotification>, AnswerQueue)>,
    request: axum::extract::Request,
) -> (StatusCode, String) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let signature = parts.headers["x-signature"].to_str().unwrap().to_owned();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let _ = sender.send(ReceivedNotification { path: parts.uri.path().to_owned(), signature, body });
    let answer = answers.lock().unwrap().pop();
    let (status, body) = answer.unwrap_or((200, r#"{"status":"success"}"#.to_owned()));
    (StatusCode::from_u16(status).unwrap(), body)
}

pub fn money(text: &str) -> Value {
    wire::number(text.parse::<Decimal>().unwrap())
}

/// A line; `sums` are price without tax, total, tax.
pub fn line(sku: &str, quantity: &str, price: &str, sums: [&str; 3], vat_code: &str) -> Value {
    let [net, total, vat] = sums;
    json!({
        "sku": sku, "name": sku, "measure": "шт.", "measureCode": "796", "quantity": money(quantity),
        "amount": money(price), "amountWoVat": money(net), "totalAmount": money(total),
        "totalVatAmount": money(vat), "vatCode": vat_code, "type": "commodity", "paymentType": "full_prepayment",
    })
}
