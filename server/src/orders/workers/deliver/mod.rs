//! Carries effects out: a file each. Every effect may be repeated; what it learns becomes an event of its order.

mod announce;
mod attempt;
mod cancel_invoice;
mod check_payment;
mod create_invoice;
mod find_duplicates;
mod follow_refunds;
mod found_invoice;
mod found_money;
mod report_end;
mod report_refusal;
mod request_release;
mod return_money;
mod ship;
mod tries;
mod withdraw_release;

use std::sync::Arc;

use announce::Announce;
use async_trait::async_trait;
use attempt::Attempt;
use cancel_invoice::CancelInvoice;
use check_payment::CheckPayment;
use create_invoice::CreateInvoice;
use domain::order::machine::{Effect, Event};
use find_duplicates::FindDuplicates;
use follow_refunds::FollowRefunds;
use report_end::ReportEnd;
use report_refusal::ReportRefusal;
use request_release::RequestRelease;
use return_money::ReturnMoney;
use ship::Ship;
use withdraw_release::WithdrawRelease;

use crate::{
    clock::Clock,
    invoicebox::{InvoiceboxClient, Priority},
    orders::{
        Applied, Hub, OrderChanges, OrderRules, OrderStore, PumpBoard, StoreError,
        outbox::{Outbox, record_of},
        store::{EffectTable, OutboxEntry},
    },
    queue::{RowHandler, RowOutcome},
    station_link::StationLink,
    stations::catalogue::Catalogue,
};

/// What the handlers of effects are put together from.
pub(in crate::orders) struct EffectParts {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub outbox: Outbox,
    pub hub: Hub,
    pub clock: Clock,
    pub catalogue: Arc<Catalogue>,
    pub invoicebox: InvoiceboxClient,
    pub station_link: Arc<dyn StationLink>,
    pub pumps: PumpBoard,
    pub rules: Arc<OrderRules>,
}

/// Carries effects out. Cheap to clone.
#[derive(Clone)]
pub(in crate::orders) struct EffectHandler {
    handlers: Arc<Handlers>,
}

/// One handler an effect; each holds only what it needs.
struct Handlers {
    changes: Arc<OrderChanges>,
    store: OrderStore,
    create_invoice: CreateInvoice,
    cancel_invoice: CancelInvoice,
    request_release: RequestRelease,
    withdraw_release: WithdrawRelease,
    report_end: ReportEnd,
    announce: Announce,
    ship: Ship,
    return_money: ReturnMoney,
    find_duplicates: FindDuplicates,
    follow_refunds: FollowRefunds,
}

impl EffectHandler {
    pub fn new(parts: EffectParts) -> Self {
        let EffectParts {
            changes,
            store,
            outbox,
            hub,
            clock,
            catalogue,
            invoicebox,
            station_link,
            pumps,
            rules,
        } = parts;
        let report_refusal = ReportRefusal { changes: Arc::clone(&changes) };
        let owed = invoicebox.with_priority(Priority::Owed);
        let handlers = Handlers {
            create_invoice: CreateInvoice {
                changes: Arc::clone(&changes),
                outbox: outbox.clone(),
                hub,
                clock: clock.clone(),
                invoicebox: invoicebox.with_priority(Priority::Create),
                rules: Arc::clone(&rules),
            },
            cancel_invoice: CancelInvoice {
                changes: Arc::clone(&changes),
                store: store.clone(),
                invoicebox: owed.clone(),
            },
            request_release: RequestRelease {
                changes: Arc::clone(&changes),
                outbox: outbox.clone(),
                clock: clock.clone(),
                catalogue,
                station_link: Arc::clone(&station_link),
                pumps,
                check_payment: CheckPayment {
                    clock: clock.clone(),
                    invoicebox: owed.clone(),
                    rules: Arc::clone(&rules),
                },
            },
            withdraw_release: WithdrawRelease {
                changes: Arc::clone(&changes),
                store: store.clone(),
                outbox: outbox.clone(),
                clock: clock.clone(),
                station_link: Arc::clone(&station_link),
            },
            report_end: ReportEnd { station_link: Arc::clone(&station_link) },
            announce: Announce { station_link },
            ship: Ship {
                outbox: outbox.clone(),
                clock: clock.clone(),
                invoicebox: owed.clone(),
                report_refusal: report_refusal.clone(),
                changes: Arc::clone(&changes),
            },
            return_money: ReturnMoney::new(
                Arc::clone(&changes),
                outbox.clone(),
                clock.clone(),
                owed,
                report_refusal,
            ),
            find_duplicates: FindDuplicates {
                changes: Arc::clone(&changes),
                clock: clock.clone(),
                invoicebox: invoicebox.clone(),
                rules,
            },
            follow_refunds: FollowRefunds::new(Arc::clone(&changes), clock, invoicebox),
            changes,
            store,
        };
        Self { handlers: Arc::new(handlers) }
    }
}

#[async_trait]
impl RowHandler<EffectTable> for EffectHandler {
    type Error = StoreError;

    async fn handle(&self, entry: &OutboxEntry) -> Result<RowOutcome, StoreError> {
        match self.handlers.carry_out(entry).await? {
            Attempt::Done => Ok(RowOutcome::Done),
            Attempt::Learned(event) => self.handlers.apply_and_strike(entry, event).await,
            Attempt::Wait { reason, marks, after } => {
                Ok(RowOutcome::Wait { record: record_of(marks, reason.as_deref()), after })
            }
            Attempt::Retry { error, marks, after } => {
                Ok(RowOutcome::Retry { record: record_of(marks, error.as_deref()), after })
            }
        }
    }
}

impl Handlers {
    async fn carry_out(&self, entry: &OutboxEntry) -> Result<Attempt, StoreError> {
        let order = match self.store.get(entry.row.order).await {
            Ok(Some(order)) => order,
            Ok(None) => return Ok(Attempt::Done),
            // An order that cannot be read stops no other, and its row says why.
            Err(error) => {
                tracing::error!(%error, order.id = ?entry.row.order, "the order of an effect cannot be read");
                return Ok(Attempt::Retry {
                    error: Some(error.to_string()),
                    marks: entry.row.marks,
                    after: None,
                });
            }
        };
        match entry.row.effect {
            Effect::CreateInvoice => self.create_invoice.run(entry, &order).await,
            Effect::CancelInvoice => self.cancel_invoice.run(entry, &order).await,
            Effect::CancelDuplicates => self.cancel_invoice.cancel_duplicates(entry, &order).await,
            Effect::RequestRelease => self.request_release.run(entry, &order).await,
            Effect::WithdrawRelease => self.withdraw_release.run(entry, &order).await,
            Effect::ReportEnd => Ok(self.report_end.run(entry, &order).await),
            Effect::Announce => Ok(self.announce.run(entry, &order).await),
            Effect::Ship => self.ship.run(entry, &order).await,
            Effect::Refund | Effect::ReturnMoney => self.return_money.run(entry, &order).await,
            Effect::ReturnSecondPayments => self.return_money.return_second_payments(entry, &order).await,
            Effect::FindDuplicates => self.find_duplicates.run(entry, &order).await,
            Effect::FollowRefunds => self.follow_refunds.run(entry, &order).await,
        }
    }

    /// Applies what was learned in the transaction that strikes the row. What was learned is true even when the lease is
    /// lost: then another worker repeats the effect, and finds it done.
    async fn apply_and_strike(&self, entry: &OutboxEntry, event: Event) -> Result<RowOutcome, StoreError> {
        match self.changes.apply_and_strike(entry.row.order, event, entry.lease.clone()).await? {
            Applied::Unknown => Ok(RowOutcome::Done),
            Applied::Changed(_) | Applied::Unchanged(_) | Applied::Refused(_) => Ok(RowOutcome::Struck),
        }
    }
}
