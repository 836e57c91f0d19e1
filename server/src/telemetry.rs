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

/// Seconds: from a local answer to Invoicebox's longest budget.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 12.0, 30.0];
/// How often measured values are folded away; otherwise they pile up where nobody fetches the metrics.
const UPKEEP_EVERY: Duration = Duration::from_secs(10);

/// The process's one metrics recorder: several applications in one process (tests) share it.
#[must_use]
pub fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = recorder();
            let handle = recorder.handle();
            // Fails only when another recorder was installed first; then its figures are shown elsewhere.
            let _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}

/// Histograms of several instances can be added up, which quantiles cannot.
fn recorder() -> PrometheusRecorder {
    let builder = PrometheusBuilder::new();
    // Refused only when there are no buckets at all.
    builder.set_buckets(&BUCKETS).unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder()
}

/// Keeps the metrics small until told to stop.
pub async fn upkeep(worker: WorkerContext) {
    loop {
        worker.beat(UPKEEP_EVERY);
        tokio::select! {
            () = tokio::time::sleep(UPKEEP_EVERY) => metrics().run_upkeep(),
            () = worker.shutdown().cancelled() => return,
        }
    }
}
