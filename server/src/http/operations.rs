//! For those who run it: is the process up, can it work, what has it done.

use std::time::Duration;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::router::Doors;

/// An effect that waits longer than this means that nobody carries effects out.
const STUCK: Duration = Duration::from_secs(15 * 60);

/// `GET /healthz`: the process is up.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and the outbox moves.
pub async fn readyz(State(doors): State<Doors>) -> Response {
    let unready = |why: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response();
    if doors.orders.shutdown().is_cancelled() {
        return unready("draining");
    }
    match doors.orders.outbox().depth(doors.clock.now()).await {
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            unready("database")
        }
        Ok(depth) if depth.oldest > STUCK => unready("outbox"),
        Ok(_) => "ready\n".into_response(),
    }
}

/// `GET /metrics`: Prometheus text.
pub async fn metrics(State(doors): State<Doors>) -> Response {
    let depth = doors.orders.outbox().depth(doors.clock.now()).await;
    let counts = doors.orders.counts().await;
    let (Ok(depth), Ok(counts)) = (depth, counts) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "database\n").into_response();
    };
    metrics::gauge!("kolonka_outbox_depth").set(approximate(depth.waiting));
    metrics::gauge!("kolonka_outbox_dead").set(approximate(depth.dead));
    metrics::gauge!("kolonka_outbox_oldest_seconds").set(depth.oldest.as_secs_f64());
    for (status, count) in counts {
        metrics::gauge!("kolonka_orders", "status" => status).set(approximate(count));
    }
    let text = doors.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Prometheus knows floating-point numbers only; counts of rows are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn approximate(count: i64) -> f64 {
    count as f64
}
