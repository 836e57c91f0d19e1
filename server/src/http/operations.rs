//! Probes and metrics for operators of the service.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::order::Status;
use metrics_exporter_prometheus::PrometheusHandle;

use super::readiness::Readiness;
use crate::{erp_events::EventStatistics, orders::OrderStatistics, queue::QueueDepth, workers::Supervisor};

/// `GET /healthz`: the process is up.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and takes writes, the outbox makes progress, and no worker is faulty. A wrong clock
/// is a line more, and no reason to be unready: another instance may be no better.
pub async fn readyz(State(readiness): State<Readiness>) -> Response {
    let (status, first_line) = match readiness.check().await {
        Ok(()) => (StatusCode::OK, "ready".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, why.to_string()),
    };
    let differences = readiness.health.clock_differences();
    let clock: String = differences.iter().map(|difference| format!("{difference}\n")).collect();
    (status, format!("{first_line}\n{clock}")).into_response()
}

/// `GET /metrics`: Prometheus text.
pub async fn metrics(
    State(statistics): State<OrderStatistics>,
    State(events): State<EventStatistics>,
    State(supervisor): State<Supervisor>,
    State(recorded): State<PrometheusHandle>,
) -> Response {
    let read = (statistics.outbox_depth().await, events.depth().await, statistics.count_by_status().await);
    let (Ok(outbox), Ok(events), Ok(counts)) = read else {
        return (StatusCode::SERVICE_UNAVAILABLE, "database\n").into_response();
    };
    let (Ok(discrepancies), Ok(owed)) =
        (statistics.count_discrepancies().await, statistics.owed_kopecks().await)
    else {
        return (StatusCode::SERVICE_UNAVAILABLE, "database\n").into_response();
    };
    for (what, count) in discrepancies {
        metrics::gauge!("kolonka_discrepancies", "kind" => what.name()).set(to_f64(count));
    }
    metrics::gauge!("kolonka_money_owed_kopecks").set(to_f64(owed));
    record_outbox(&outbox);
    record_queue("outbox", &outbox);
    record_queue("erp_events", &events);
    for status in Status::ALL {
        // Also those in which no order is any more.
        let count = counts.iter().find(|(name, _)| name == status.name()).map_or(0, |(_, count)| *count);
        metrics::gauge!("kolonka_orders", "status" => status.name()).set(to_f64(count));
    }
    for worker in supervisor.states() {
        let seconds = worker.since_last_turn.as_secs_f64();
        metrics::gauge!("kolonka_worker_seconds_since_turn", "worker" => worker.name).set(seconds);
    }
    // Shown also before the first client has come.
    metrics::gauge!("kolonka_sse_clients").increment(0.0);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], recorded.render()).into_response()
}

/// Records the outbox under the names from before the other queues were shown.
fn record_outbox(depth: &QueueDepth) {
    metrics::gauge!("kolonka_outbox_depth").set(to_f64(depth.waiting));
    metrics::gauge!("kolonka_outbox_dead").set(to_f64(depth.dead));
    metrics::gauge!("kolonka_outbox_oldest_seconds").set(depth.oldest.as_secs_f64());
}

fn record_queue(queue: &'static str, depth: &QueueDepth) {
    metrics::gauge!("kolonka_queue_depth", "queue" => queue).set(to_f64(depth.waiting));
    metrics::gauge!("kolonka_queue_dead", "queue" => queue).set(to_f64(depth.dead));
    metrics::gauge!("kolonka_queue_oldest_seconds", "queue" => queue).set(depth.oldest.as_secs_f64());
}

/// Converts a count for Prometheus, which has floating-point numbers only.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn to_f64(count: i64) -> f64 {
    count as f64
}
