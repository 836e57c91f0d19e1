//! An Invoicebox with the invoices that a test adds, which records every write. Independent of the emulator: it checks
//! nothing but identities, so that a test can name the writes that must not be repeated.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::{
    Json, Router,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Number, Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::{TestServer, kopecks};
use crate::DEMO_MERCHANT_ID;

/// An invoice there.
#[derive(Clone, Debug)]
pub struct DoubleInvoice {
    pub id: String,
    /// Our number.
    pub number: String,
    pub kopecks: i64,
    /// `created`, `hold`, `completed` or `canceled`; any other by a test.
    pub status: String,
}

/// A shipment or a refund there.
#[derive(Clone, Debug)]
pub struct DoubleDocument {
    /// The invoice's id.
    pub invoice: String,
    /// Our number.
    pub number: String,
    pub kopecks: i64,
}

/// A write that came in, whatever its answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordedWrite {
    /// An invoice under this number of ours.
    Created(String),
    /// The cancellation of this invoice.
    Canceled(String),
    /// A shipment under this number of ours.
    Shipped(String),
    /// A refund under this number of ours.
    Refunded(String),
}

#[derive(Default)]
struct DoubleState {
    invoices: Vec<DoubleInvoice>,
    /// Reserves of which a shipment has taken its sum.
    captured: Vec<String>,
    shipments: Vec<DoubleDocument>,
    refunds: Vec<DoubleDocument>,
    recorded_writes: Vec<RecordedWrite>,
    /// Creations are answered once this is false.
    creations_held: watch::Sender<bool>,
    next_creation_fails: bool,
}

type Shared = Arc<Mutex<DoubleState>>;

/// An Invoicebox on a port of its own.
#[derive(Clone)]
pub struct InvoiceboxDouble {
    pub url: String,
    inner: Shared,
}

impl InvoiceboxDouble {
    pub async fn open() -> Self {
        let inner = Shared::default();
        let app = Router::new()
            .route("/v3/billing/api/order/order", post(create))
            .route("/v3/billing/api/order/order/{id}", get(show).delete(cancel))
            .route("/v3/billing/api/order/order/{id}/refund-basket-item", get(refundable))
            .route("/v3/filter/api/order/order", get(list))
            .route("/v3/billing/api/order/shipment", post(ship))
            .route("/v3/filter/api/order/shipment", get(shipments))
            .route("/v3/billing/api/order/refund-order", post(refund))
            .route("/v3/filter/api/order/refund-order", get(refunds))
            .with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inner }
    }

    pub fn add_invoice(&self, invoice: DoubleInvoice) {
        lock(&self.inner).invoices.push(invoice);
    }

    pub fn add_shipment(&self, shipment: DoubleDocument) {
        lock(&self.inner).shipments.push(shipment);
    }

    pub fn add_refund(&self, refund: DoubleDocument) {
        lock(&self.inner).refunds.push(refund);
    }

    /// Lets creations wait for [`Self::release_creations`].
    pub fn hold_creations(&self) {
        lock(&self.inner).creations_held.send_replace(true);
    }

    pub fn release_creations(&self) {
        lock(&self.inner).creations_held.send_replace(false);
    }

    /// Lets the next creation fail with 500.
    pub fn fail_next_creation(&self) {
        lock(&self.inner).next_creation_fails = true;
    }

    /// Every write in the order of arrival.
    pub fn recorded_writes(&self) -> Vec<RecordedWrite> {
        lock(&self.inner).recorded_writes.clone()
    }

    pub fn invoice(&self, id: &str) -> DoubleInvoice {
        lock(&self.inner).invoices.iter().find(|invoice| invoice.id == id).expect("an invoice").clone()
    }

    /// Changes an invoice there, past everything that Invoicebox allows.
    pub fn change_invoice(&self, id: &str, change: impl FnOnce(&mut DoubleInvoice)) {
        let mut inner = lock(&self.inner);
        change(inner.invoices.iter_mut().find(|invoice| invoice.id == id).expect("an invoice"));
    }

    /// The body of a notification about an invoice as it is.
    pub fn notification_of(&self, id: &str) -> Value {
        invoice_json(&self.invoice(id))
    }

    /// Sums of the shipments and of the refunds of an invoice, in kopecks.
    pub fn settled_amounts(&self, id: &str) -> (i64, i64) {
        let inner = lock(&self.inner);
        (sum_of(&inner.shipments, id), sum_of(&inner.refunds, id))
    }

    /// Pays an invoice, and sends the signed notification to the server.
    pub async fn pay(&self, server: &TestServer, id: &str) {
        let body = {
            let mut inner = lock(&self.inner);
            let invoice = inner.invoices.iter_mut().find(|invoice| invoice.id == id).expect("an invoice");
            assert_eq!(invoice.status, "created", "only an open invoice can be paid");
            invoice.status = "completed".to_owned();
            invoice_json(invoice)
        };
        assert_eq!(server.notify(&body).await, json!({ "status": "success" }));
    }
}

async fn create(State(inner): State<Shared>, Json(body): Json<Value>) -> Response {
    let number = string(&body, "merchantOrderId");
    lock(&inner).recorded_writes.push(RecordedWrite::Created(number.clone()));
    let mut held = lock(&inner).creations_held.subscribe();
    held.wait_for(|held| !held).await.expect("the double lives");
    let mut inner = lock(&inner);
    if std::mem::take(&mut inner.next_creation_fails) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if inner.invoices.iter().any(|invoice| invoice.number == number) {
        return refused("merchant_order_id_duplicate");
    }
    let id = Uuid::new_v4().to_string();
    let invoice =
        DoubleInvoice { id, number, kopecks: kopecks(&body["amount"]), status: "created".to_owned() };
    let answer = data(invoice_json(&invoice));
    inner.invoices.push(invoice);
    answer
}

async fn show(State(inner): State<Shared>, Path(id): Path<String>) -> Response {
    match lock(&inner).invoices.iter().find(|invoice| invoice.id == id) {
        Some(invoice) => data(invoice_json(invoice)),
        None => unknown(),
    }
}

/// Cancels open and held invoices; paid ones have to be refunded.
async fn cancel(State(inner): State<Shared>, Path(id): Path<String>) -> Response {
    let mut inner = lock(&inner);
    inner.recorded_writes.push(RecordedWrite::Canceled(id.clone()));
    let Some(invoice) = inner.invoices.iter_mut().find(|invoice| invoice.id == id) else { return unknown() };
    if !["created", "hold"].contains(&invoice.status.as_str()) {
        return refused("wrong_order_status");
    }
    invoice.status = "canceled".to_owned();
    data(invoice_json(invoice))
}

async fn refundable(State(inner): State<Shared>, Path(id): Path<String>) -> Response {
    let inner = lock(&inner);
    let Some(invoice) = inner.invoices.iter().find(|invoice| invoice.id == id) else { return unknown() };
    let is_captured = inner.captured.contains(&id);
    let taken = if is_captured { sum_of(&inner.shipments, &id) } else { invoice.kopecks };
    let left = taken - sum_of(&inner.refunds, &id);
    data(json!([{ "availableAmount": roubles(left) }]))
}

async fn list(State(inner): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(&query.unwrap_or_default());
    let wanted = |invoice: &DoubleInvoice| {
        query.iter().all(|(name, value)| match name.as_str() {
            "merchantOrderId" => invoice.number == *value,
            "status" => invoice.status == *value,
            _ => true,
        }) && {
            let mut ids = query.iter().filter(|(name, _)| name == "id" || name == "id[]").peekable();
            ids.peek().is_none() || ids.any(|(_, id)| invoice.id == *id)
        }
    };
    let inner = lock(&inner);
    data(inner.invoices.iter().filter(|invoice| wanted(invoice)).map(invoice_json).collect())
}

async fn ship(State(inner): State<Shared>, Json(body): Json<Value>) -> Response {
    let mut inner = lock(&inner);
    let lines = body["basketItems"].as_array().expect("lines");
    let shipment = DoubleDocument {
        invoice: string(&body, "orderId"),
        number: string(&body, "documentNumber"),
        kopecks: lines.iter().map(|line| kopecks(&line["totalAmount"])).sum(),
    };
    inner.recorded_writes.push(RecordedWrite::Shipped(shipment.number.clone()));
    let answer = data(shipment_json(&shipment));
    let id = shipment.invoice.clone();
    if let Some(invoice) = inner.invoices.iter_mut().find(|it| it.id == id && it.status == "hold") {
        invoice.status = "completed".to_owned();
        inner.captured.push(id);
    }
    inner.shipments.push(shipment);
    answer
}

async fn shipments(State(inner): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(&query.unwrap_or_default());
    let inner = lock(&inner);
    let of = inner.shipments.iter().filter(|shipment| has_filter(&query, "orderId", &shipment.invoice));
    data(of.map(shipment_json).collect())
}

async fn refund(State(inner): State<Shared>, Json(body): Json<Value>) -> Response {
    let mut inner = lock(&inner);
    let refund = DoubleDocument {
        invoice: string(&body, "parentId"),
        number: string(&body, "merchantOrderId"),
        kopecks: kopecks(&body["amount"]),
    };
    inner.recorded_writes.push(RecordedWrite::Refunded(refund.number.clone()));
    if inner.refunds.iter().any(|known| known.number == refund.number) {
        return refused("merchant_order_id_duplicate");
    }
    let answer = data(refund_json(&refund));
    inner.refunds.push(refund);
    answer
}

async fn refunds(State(inner): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(&query.unwrap_or_default());
    let inner = lock(&inner);
    let of = inner.refunds.iter().filter(|refund| has_filter(&query, "merchantOrderId", &refund.number));
    data(of.map(refund_json).collect())
}

fn invoice_json(invoice: &DoubleInvoice) -> Value {
    json!({
        "id": invoice.id, "merchantId": DEMO_MERCHANT_ID, "merchantOrderId": invoice.number, "status": invoice.status,
        "amount": roubles(invoice.kopecks), "currencyId": "RUB",
        "paymentUrl": format!("https://pay.invoicebox.ru/order/{}", invoice.id)
    })
}

fn shipment_json(shipment: &DoubleDocument) -> Value {
    json!({
        "id": Uuid::new_v4(), "orderId": shipment.invoice, "documentNumber": shipment.number,
        "amount": roubles(shipment.kopecks)
    })
}

fn refund_json(refund: &DoubleDocument) -> Value {
    json!({
        "id": Uuid::new_v4(), "parentId": refund.invoice, "merchantOrderId": refund.number,
        "amount": roubles(refund.kopecks)
    })
}

fn sum_of(documents: &[DoubleDocument], invoice: &str) -> i64 {
    documents.iter().filter(|document| document.invoice == invoice).map(|document| document.kopecks).sum()
}

fn data(data: Value) -> Response {
    Json(json!({ "data": data })).into_response()
}

fn refused(code: &str) -> Response {
    let error = json!({ "error": { "code": code, "message": code } });
    (StatusCode::BAD_REQUEST, Json(error)).into_response()
}

fn unknown() -> Response {
    let error = json!({ "error": { "code": "not_found", "message": "not found" } });
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let url = format!("http://double/?{query}");
    reqwest::Url::parse(&url)
        .unwrap()
        .query_pairs()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

fn has_filter(query: &[(String, String)], name: &str, value: &str) -> bool {
    query.iter().any(|(known, wanted)| known == name && wanted == value)
}

fn string(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned()
}

fn roubles(kopecks: i64) -> Number {
    format!("{}.{:02}", kopecks / 100, kopecks % 100).parse().unwrap()
}

fn lock(inner: &Shared) -> MutexGuard<'_, DoubleState> {
    inner.lock().unwrap()
}
