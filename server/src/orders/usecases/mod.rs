//! Use cases of orders, a file each. Adapters call these and nothing else of orders.

mod acceptance;
mod admission;
mod cancel;
mod cashier_sale;
mod clarify_report;
mod complete;
mod follow;
mod invoice_queue;
mod place;
mod read;
mod refund;
mod report_answers;
mod report_payment;
mod request_hash;
mod retry_effects;
mod retry_refused;
mod retry_shipment;
mod settle_discrepancy;
mod start;
mod station_callback;
mod station_now;
mod statistics;

use std::sync::Arc;

use super::PumpBoard;
pub(super) use acceptance::Acceptance;
pub(super) use admission::Admission;
pub use cancel::CancelOrder;
pub use cashier_sale::{CashierSale, PlaceCashierSale};
pub use complete::CompleteOrder;
pub use follow::{Changes, FollowOrder};
pub(super) use invoice_queue::InvoiceQueue;
pub use place::{PlaceOrder, QuoteDraft};
pub use read::ReadOrders;
pub use refund::RefundOrder;
pub use report_payment::ReportPayment;
pub use retry_effects::{RetryEffects, StuckEffect};
pub use retry_refused::{RetriedRefusals, RetryRefused};
pub use retry_shipment::RetryShipment;
pub use settle_discrepancy::SettleDiscrepancy;
pub use start::{StartCommand, StartOrder};
pub use station_callback::RecordStationCallback;
pub use statistics::OrderStatistics;

/// The use cases of orders, shared by all adapters.
pub type SharedUseCases = Arc<UseCases>;

/// Every use case of orders.
pub struct UseCases {
    pub quote: QuoteDraft,
    pub place: PlaceOrder,
    pub sell: PlaceCashierSale,
    pub start: StartOrder,
    pub cancel: CancelOrder,
    pub complete: CompleteOrder,
    pub refund: RefundOrder,
    pub settle_discrepancy: SettleDiscrepancy,
    pub retry_effects: RetryEffects,
    pub retry_shipment: RetryShipment,
    pub report_payment: ReportPayment,
    pub station_callback: RecordStationCallback,
    pub read: ReadOrders,
    pub follow: FollowOrder,
    pub statistics: OrderStatistics,
    pub pumps: PumpBoard,
}
