//! What the handlers of `http` share.

use std::sync::Arc;

use axum::extract::FromRef;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::{clock::Clock, database::Database, invoicebox::Keyring, orders::Orders, workers::Supervisor};

/// Handlers extract the part that they need.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub orders: Orders,
    pub keys: Arc<Keyring>,
    pub supervisor: Supervisor,
    pub database: Database,
    pub clock: Clock,
    pub metrics: PrometheusHandle,
}
