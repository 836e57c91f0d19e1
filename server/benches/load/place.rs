//! What placing an order adds to Invoicebox's own time.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Json, Router, extract::State, routing::post};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    figures::Spread,
    program::{Program, client},
};
use test_support::{DatabaseKind, draft};

/// Time that Invoicebox takes here for one call.
const INVOICEBOX_LATENCY: Duration = Duration::from_millis(20);
/// Fewer than the sixty calls to Invoicebox that a process may make in half a minute.
const ORDERS_PER_PROCESS: usize = 50;
const PROCESS_COUNT: usize = 6;

type Times = Arc<Mutex<Vec<Duration>>>;

/// Answers the creation of an order after the latency, and records how long it took.
async fn create(State(times): State<Times>, Json(request): Json<Value>) -> Json<Value> {
    let begun = Instant::now();
    tokio::time::sleep(INVOICEBOX_LATENCY).await;
    let answer = json!({ "data": {
        "id": Uuid::new_v4().to_string(), "status": "created", "merchantOrderId": request["merchantOrderId"],
        "amount": request["amount"], "currencyId": "RUB", "paymentUrl": "https://pay.example/1",
    } });
    times.lock().unwrap().push(begun.elapsed());
    Json(answer)
}

/// Time of `place` over HTTP, less the time of Invoicebox.
pub async fn overhead(kind: DatabaseKind) -> Option<String> {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let database_url = kind.fresh(&folder).await;
    let times = Times::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let router =
        Router::new().route("/v3/billing/api/order/order", post(create)).with_state(Arc::clone(&times));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let client = client();
    let mut spans = Vec::new();
    for _ in 0..PROCESS_COUNT {
        let program = Program::start(&database_url, &[("INVOICEBOX_API_URL", &api)]).await;
        for nth in 0..ORDERS_PER_PROCESS {
            let body = json!({ "draft": draft() }).to_string();
            let url = format!("{}/api/orders/place", program.url);
            let begun = Instant::now();
            let request = client.post(url).header("content-type", "application/json").body(body);
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            let took = begun.elapsed();
            assert_eq!(status, 200, "{text}");
            let invoicebox_took = times.lock().unwrap().last().copied().unwrap_or_default();
            // The first call of a process opens its connections.
            if nth > 0 {
                spans.push(took.saturating_sub(invoicebox_took));
            }
        }
    }
    serving.abort();
    let spread = Spread::of(spans)?;
    Some(format!("placing adds to Invoicebox's own time: {spread} (target p99 < 5)"))
}
