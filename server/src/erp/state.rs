//! State of the handlers of the cashier API.

use std::sync::Arc;

use axum::extract::FromRef;

use super::{auth::ErpAccess, openapi::ApiDescription, public_url::PublicUrl};
use crate::{
    clock::Clock,
    erp_events::DeadEvents,
    limits::Streams,
    orders::{
        CancelOrder, CompleteOrder, FollowOrder, PlaceCashierSale, PumpBoard, ReadOrders, RefundOrder,
        RetryEffects, RetryShipment, SettleDiscrepancy, StartOrder,
    },
    stations::catalogue::Catalogue,
};

/// Shared state, of which handlers extract the part that they need.
#[derive(Clone, FromRef)]
pub struct ErpState {
    pub sell: PlaceCashierSale,
    pub read: ReadOrders,
    pub follow: FollowOrder,
    pub cancel: CancelOrder,
    pub start: StartOrder,
    pub pumps: PumpBoard,
    pub complete: CompleteOrder,
    pub refund: RefundOrder,
    pub discrepancies: SettleDiscrepancy,
    pub effects: RetryEffects,
    pub shipments: RetryShipment,
    pub dead_events: DeadEvents,
    pub catalogue: Arc<Catalogue>,
    pub access: Arc<ErpAccess>,
    pub streams: Arc<Streams>,
    pub clock: Clock,
    pub public_url: PublicUrl,
    pub description: ApiDescription,
}
