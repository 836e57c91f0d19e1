//! State of the handlers of `http`.

use std::sync::Arc;

use axum::extract::FromRef;
use metrics_exporter_prometheus::PrometheusHandle;

use super::readiness::Readiness;
use crate::{
    clock::Clock,
    erp_events::EventStatistics,
    invoicebox::Keyring,
    limits::Streams,
    log_sampling::LogSampler,
    orders::{FollowOrder, OrderStatistics, ReportPayment},
    stations::catalogue::Catalogue,
    workers::Supervisor,
};

/// Shared state, of which handlers extract the part that they need.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub report_payment: ReportPayment,
    pub follow: FollowOrder,
    pub statistics: OrderStatistics,
    pub events: EventStatistics,
    pub keys: Arc<Keyring>,
    pub catalogue: Arc<Catalogue>,
    pub clock: Clock,
    pub readiness: Readiness,
    pub supervisor: Supervisor,
    pub metrics: PrometheusHandle,
    pub streams: Arc<Streams>,
    /// Of notifications that are refused.
    pub refusals: Arc<LogSampler>,
}
