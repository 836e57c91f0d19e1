//! Metrics of a process of its own, where nobody else counts.

use serde_json::json;

use crate::{
    customer::run_scenario,
    process::{Installation, invoicebox},
    scenario::Scenario,
};
use test_support::{DatabaseKind, Events, draft, until};

/// The value of a series by its name with labels.
fn value(metrics: &str, series: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

async fn metric(kolonka: &Installation, series: &str) -> Option<f64> {
    value(&kolonka.get("/metrics").await?, series)
}

async fn becomes(kolonka: &Installation, series: &str, wanted: f64) {
    until(&format!("{series} {wanted}"), || async {
        metric(kolonka, series).await.filter(|value| (value - wanted).abs() < 1e-9)
    })
    .await;
}

/// Waits for a counter of what may be repeated on a slow machine.
async fn reaches(kolonka: &Installation, series: &str, wanted: f64) {
    until(&format!("{series} {wanted} or more"), || async {
        metric(kolonka, series).await.filter(|value| *value >= wanted)
    })
    .await;
}

async fn every_metric_counts_what_happened(kind: DatabaseKind) {
    let invoicebox = invoicebox().await;
    let kolonka = Installation::new(kind, format!("{}/sandbox/invoicebox", invoicebox.url)).await;
    kolonka.wait_until_serving().await;
    becomes(&kolonka, "kolonka_orders{status=\"completed\"}", 0.0).await;
    run_scenario(&kolonka, &invoicebox, Scenario::Goods).await;
    becomes(&kolonka, "kolonka_orders{status=\"completed\"}", 1.0).await;
    becomes(&kolonka, "kolonka_orders{status=\"awaiting_payment\"}", 0.0).await;
    becomes(&kolonka, "kolonka_order_steps_total{status=\"paid\"}", 1.0).await;
    reaches(&kolonka, "kolonka_notification_seconds_count", 1.0).await;
    // The invoice, and the shipment of what was handed over.
    reaches(&kolonka, "kolonka_invoicebox_call_seconds_count{method=\"POST\",status=\"200\"}", 2.0).await;
    becomes(&kolonka, "kolonka_outbox_depth", 0.0).await;
    becomes(&kolonka, "kolonka_outbox_oldest_seconds", 0.0).await;

    let switches = json!({ "fail_next": [{ "route": "any", "kind": "500", "times": 1000 }] });
    invoicebox.control(json!({ "invoicebox": switches })).await;
    let (status, _) = kolonka.post("/api/orders/place", &json!({ "draft": draft() })).await.unwrap();
    assert!(matches!(status, 502 | 504), "{status}");
    becomes(&kolonka, "kolonka_outbox_depth", 1.0).await;
    becomes(&kolonka, "kolonka_outbox_dead", 0.0).await;
    becomes(&kolonka, "kolonka_orders{status=\"placing\"}", 1.0).await;
    let age = metric(&kolonka, "kolonka_outbox_oldest_seconds").await.unwrap();
    assert!(age > 0.0 && age < 600.0, "{age}");
    invoicebox.control(json!({ "invoicebox": { "fail_next": [] } })).await;

    becomes(&kolonka, "kolonka_sse_clients", 0.0).await;
    let placed = until("an order", || async {
        let (status, placed) = kolonka.post("/api/orders/place", &json!({ "draft": draft() })).await?;
        (status == 200).then_some(placed)
    })
    .await;
    let path = format!("/api/orders/{}/events", placed["order_id"].as_str().unwrap());
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut events = Events::new(kolonka.stream(&path).await);
        assert_eq!(events.next().await.unwrap().status(), "awaiting_payment");
        streams.push(events);
    }
    becomes(&kolonka, "kolonka_sse_clients", 3.0).await;
    drop(streams);
    becomes(&kolonka, "kolonka_sse_clients", 0.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    every_metric_counts_what_happened(DatabaseKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    every_metric_counts_what_happened(DatabaseKind::Postgres).await;
}
