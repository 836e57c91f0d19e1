//! Logs and metrics.

use std::{
    io::{self, Write},
    sync::OnceLock,
    time::Duration,
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{config::LogFormat, workers::WorkerContext};

/// Crates that say nothing of tokens and people at any level: ours, and the one that logs each request in a span of ours.
const CRATES_WITHOUT_SECRETS: [&str; 6] = ["server", "kolonka", "app", "domain", "sandbox", "tower_http"];

/// Starts logging to standard error. A second call in the same process changes nothing.
pub fn start_logs(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter).with(filter_fn(holds_no_secrets));
    let writer = || OneLine(std::io::stderr());
    let _ = match format {
        LogFormat::Text => registry.with(tracing_subscriber::fmt::layer().with_writer(writer)).try_init(),
        LogFormat::Json => {
            registry.with(tracing_subscriber::fmt::layer().json().with_writer(writer)).try_init()
        }
    };
}

/// Whether an event may be logged, whatever the filter says. Libraries write whole frames, headers and statements below
/// `info`, with the tokens and the people in them.
fn holds_no_secrets(event: &Metadata<'_>) -> bool {
    let crate_name = event.target().split("::").next().unwrap_or_default();
    *event.level() <= Level::INFO || CRATES_WITHOUT_SECRETS.contains(&crate_name)
}

/// Writes each event as one line, whatever the texts of others in it: nobody else begins a line of our log. An event comes
/// as one buffer that ends with a line break.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let (line, end) = match event.split_last() {
            Some((b'\n', line)) => (line, &b"\n"[..]),
            _ => (event, &b""[..]),
        };
        let mut escaped = Vec::with_capacity(event.len());
        for byte in line {
            match byte {
                b'\n' => escaped.extend(b"\\n"),
                b'\r' => escaped.extend(b"\\r"),
                _ => escaped.push(*byte),
            }
        }
        escaped.extend(end);
        self.0.write_all(&escaped)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written, shared by all who write.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("the log").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_libraries_say_below_info_is_logged_at_no_level() {
        let written = Written::default();
        let writer = written.clone();
        let log = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry()
            .with(EnvFilter::new("trace"))
            .with(filter_fn(holds_no_secrets))
            .with(log);
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "h2::codec::framed_write", "authorization: Bearer secret");
            tracing::debug!(target: "sqlx::query", "payer 7707083893");
            tracing::warn!(target: "sqlx::query", "slow");
            tracing::trace!(target: "server::app", "ours");
        });
        let written = String::from_utf8(written.0.lock().expect("the log").clone()).expect("text");
        assert!(written.contains("slow") && written.contains("ours"), "{written}");
        assert!(!written.contains("secret") && !written.contains("7707083893"), "{written}");
    }

    #[test]
    fn nobody_else_begins_a_line_of_the_log() {
        let mut lines = OneLine(Vec::new());
        lines.write_all("WARN refused error=\"нет\r\n2026-01-01 INFO paid\"\n".as_bytes()).expect("written");
        lines.write_all(b"INFO next\n").expect("written");
        let written = String::from_utf8(lines.0).expect("text");
        assert_eq!(written, "WARN refused error=\"нет\\r\\n2026-01-01 INFO paid\"\nINFO next\n");
    }
}
