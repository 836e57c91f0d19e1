//! What the handlers of `http` share.

use std::sync::Arc;

use axum::extract::FromRef;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::{clock::Clock, invoicebox::Keyring, orders::Orders};

/// Handlers extract the part that they need.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub orders: Orders,
    pub keys: Arc<Keyring>,
    pub clock: Clock,
    pub metrics: PrometheusHandle,
}
