//! For those who run it: is the process up, can it work, what has it done.

use std::time::Duration;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use domain::order::Status;

use super::state::AppState;

/// An effect that is due and that nobody has taken for so long means that nobody carries effects out. One that waits for
/// its next try is no sign of that: when Invoicebox is down, this instance is still fit to say so.
const MAX_OUTBOX_NEGLECT: Duration = Duration::from_secs(5 * 60);

/// `GET /healthz`: the process is up.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers, writes are carried out, the outbox moves, and no worker stands still or keeps dying.
pub async fn readyz(State(state): State<AppState>) -> Response {
    let unready = |why: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response();
    if state.orders.is_draining() {
        return unready("draining");
    }
    if !state.database.is_writer_working() {
        tracing::error!("not ready: the writer of the database panics over every batch or has ended");
        return unready("writer");
    }
    match state.orders.statistics.outbox_depth(state.clock.now(), state.clock.wall()).await {
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            unready("database")
        }
        Ok(depth) if depth.neglected > MAX_OUTBOX_NEGLECT => unready("outbox"),
        Ok(_) => match state.supervisor.unfit() {
            Some(worker) => {
                tracing::error!(worker = worker.name, fault = ?worker.fault, "not ready: a worker does not work");
                unready(&format!("worker {}", worker.name))
            }
            None => "ready\n".into_response(),
        },
    }
}

/// `GET /metrics`: Prometheus text.
pub async fn metrics(State(state): State<AppState>) -> Response {
    let depth = state.orders.statistics.outbox_depth(state.clock.now(), state.clock.wall()).await;
    let counts = state.orders.statistics.counts().await;
    let (Ok(depth), Ok(counts)) = (depth, counts) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "database\n").into_response();
    };
    metrics::gauge!("kolonka_outbox_depth").set(approximate(depth.waiting));
    metrics::gauge!("kolonka_outbox_dead").set(approximate(depth.dead));
    metrics::gauge!("kolonka_outbox_oldest_seconds").set(depth.oldest.as_secs_f64());
    for status in Status::ALL {
        // Also those in which no order is any more.
        let count = counts.iter().find(|(name, _)| name == status.name()).map_or(0, |(_, count)| *count);
        metrics::gauge!("kolonka_orders", "status" => status.name()).set(approximate(count));
    }
    for worker in state.supervisor.states() {
        let seconds = worker.since_last_turn.as_secs_f64();
        metrics::gauge!("kolonka_worker_seconds_since_turn", "worker" => worker.name).set(seconds);
    }
    // Shown also before the first client has come.
    metrics::gauge!("kolonka_sse_clients").increment(0.0);
    let text = state.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Prometheus knows floating-point numbers only; counts of rows are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn approximate(count: i64) -> f64 {
    count as f64
}
