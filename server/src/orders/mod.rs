//! Orders: the one place where they change.
//!
//! Facts from outside travel one way: adapter → use case → [`OrderChanges::apply`] → store and outbox, in one
//! transaction → hub → SSE → page. Network calls happen afterwards, from the outbox, at least once.

mod changes;
mod compose;
mod hub;
mod outbox;
mod pump_board;
mod store;
mod time_limits;
mod usecases;
mod workers;

use domain::{order::StartRules, refusal::RequestError};

use crate::{internal_error::internal_error, payment_origins::PaymentOrigins};
pub use changes::{Applied, OrderChanges};
pub use compose::{OrderDependencies, OrderServices, Workers, compose};
pub use hub::{Change, Hub, OrderUpdate};
pub use outbox::Outbox;
pub use pump_board::{PumpBoard, WatchedPumps};
pub use store::{
    DiscrepancyCursor, DiscrepancyFilter, EFFECT_LANES, EffectRow, EffectTable, INVOICE_LANE, Inserted,
    LOOK_LANE, LedgerLine, LedgerMove, LedgerSummary, ListQuery, ListedDiscrepancy, Listing, MONEY_LANE,
    Marks, MoneySums, OpenDiscrepancyId, OrderStore, OutboxEntry, OverdueKind, OverdueTimes, RegistryQuery,
    RequestKey, STATION_LANE, SettledNote, StoreError, UnreadableLedgerLine, WaitingCursor, WaitingOrder,
    WaitingPage,
};
pub use usecases::{
    CancelOrder, CashierSale, Changes, CompleteOrder, FollowOrder, OrderStatistics, PlaceCashierSale,
    PlaceOrder, QuoteDraft, ReadOrders, RecordStationCallback, RefundOrder, ReportPayment, RetriedRefusals,
    RetryEffects, RetryRefused, RetryShipment, SettleDiscrepancy, SharedUseCases, StartCommand, StartOrder,
    StuckEffect, UseCases,
};
pub use workers::WebsocketListener;

/// Rules of orders that the configuration decides.
#[derive(Clone, Debug)]
pub struct OrderRules {
    pub merchant_id: String,
    pub ttl: std::time::Duration,
    /// Without a trailing slash; return links are built from it.
    pub public_url: String,
    /// Where customers may be sent to pay.
    pub payment_origins: PaymentOrigins,
    /// Money that is only reserved counts as paid; off unless Invoicebox has agreed to it in writing.
    pub release_on_hold: bool,
    /// Who starts a pump, and until when.
    pub start: StartRules,
}

/// Logs an error of the store once, where it occurs, and hides it from the customer.
fn to_internal_error(error: StoreError) -> RequestError {
    internal_error("the store failed")(error)
}
