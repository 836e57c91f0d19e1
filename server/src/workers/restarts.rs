//! The counter of restarts, by worker: of those under the supervisor, and of those of the database, which catch their
//! own panics.

const RESTARTS_METRIC: &str = "kolonka_worker_restarts_total";

/// Shows the counter of a worker also before its first restart.
pub fn show_restarts(worker: &'static str) {
    metrics::counter!(RESTARTS_METRIC, "worker" => worker).increment(0);
}

/// Counts a restart.
pub fn count_restart(worker: &'static str) {
    metrics::counter!(RESTARTS_METRIC, "worker" => worker).increment(1);
}
