//! Logs and metrics.

use std::{sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{config::LogFormat, workers::WorkerContext};

/// Starts logging to standard error. A second call in the same process changes nothing.
pub fn start_logs(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let writer = std::io::stderr;
    let _ = match format {
        LogFormat::Text => registry.with(tracing_subscriber::fmt::layer().with_writer(writer)).try_init(),
        LogFormat::Json => {
            registry.with(tracing_subscriber::fmt::layer().json().with_writer(writer)).try_init()
        }
    };
}

/// Limits of the buckets of durations, in seconds: from a local answer to Invoicebox's longest budget.
const LATENCY_BUCKETS_S: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 12.0, 30.0];
/// Time between two merges of measured values; without them they pile up where nobody fetches the metrics.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(10);

/// Handle of the process's one metrics recorder: several applications in one process (tests) share it.
#[must_use]
pub fn metrics() -> PrometheusHandle {
    static METRICS_HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS_HANDLE
        .get_or_init(|| {
            let recorder = build_recorder();
            let handle = recorder.handle();
            // Fails only when another recorder was installed first; then its figures are shown elsewhere.
            let _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}

/// Builds a recorder with histograms: those of several instances can be added up, which quantiles cannot.
fn build_recorder() -> PrometheusRecorder {
    let builder = PrometheusBuilder::new();
    // Refused only when there are no buckets at all.
    builder.set_buckets(&LATENCY_BUCKETS_S).unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder()
}

/// Merges measured values until the shutdown.
pub async fn upkeep(worker: WorkerContext) {
    loop {
        worker.beat(UPKEEP_INTERVAL);
        tokio::select! {
            () = tokio::time::sleep(UPKEEP_INTERVAL) => metrics().run_upkeep(),
            () = worker.shutdown().cancelled() => return,
        }
    }
}
