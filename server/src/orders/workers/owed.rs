//! Watch over money that has to move and does not: an operator is told after ten minutes, whatever the reason.

use std::{sync::Arc, time::Duration};

use domain::order::{
    MoneyKind, MoneyUnderWay, Order,
    machine::{Effect, Event},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    clock::Clock,
    orders::{
        OrderChanges, OrderStore, StoreError,
        store::{INVOICE_WITHDRAWALS, MAX_CLOCK_SKEW, TryWords, WaitingOrder},
        time_limits::MAX_MOVE_TIME,
    },
    workers::WorkerContext,
};

/// Time between two looks.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// Effects that move money.
const MONEY_EFFECTS: [Effect; 4] =
    [Effect::Ship, Effect::Refund, Effect::ReturnMoney, Effect::ReturnSecondPayments];

/// Records a discrepancy for money that does not move, and for an invoice that cannot be withdrawn.
#[derive(Clone)]
pub(in crate::orders) struct WatchOwedMoney {
    pub changes: Arc<OrderChanges>,
    pub store: OrderStore,
    pub clock: Clock,
}

impl WatchOwedMoney {
    pub async fn run(self, worker: WorkerContext) {
        while worker.pause(POLL_INTERVAL).await.is_continue() {
            if let Err(error) = self.look().await {
                tracing::error!(%error, "money that does not move could not be looked for; trying again");
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut cursor = None;
        loop {
            let page = self.store.owed_orders(now - MAX_MOVE_TIME, now, cursor).await?;
            for owed in page.orders {
                self.store.skip_unreadable(self.report_order(owed, now).await)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        self.report_invoices(now).await
    }

    async fn report_order(&self, owed: WaitingOrder, now: OffsetDateTime) -> Result<(), StoreError> {
        let Some(order) = self.store.get(owed.id).await? else { return Ok(()) };
        let tries = self.store.words_of_tries(order.id, &MONEY_EFFECTS).await?;
        let delays = delays_of(&order, owed.since, &tries, now);
        let events: Vec<Event> = untried_of(&order, &tries, now).chain(delays).collect();
        if events.is_empty() && order.unreported_money().next().is_none() {
            return self.store.refresh_owed(&order, now).await;
        }
        for event in events {
            self.changes.apply_within_effect(order.id, event).await?;
        }
        Ok(())
    }

    async fn report_invoices(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        for id in self.store.unwithdrawn_invoices(now - MAX_MOVE_TIME, now).await? {
            let tries = self.store.words_of_tries(id, &INVOICE_WITHDRAWALS).await?;
            let Some(row) = tries.first() else { continue };
            let says = delay_words(row.decided_at, row.words.as_deref().unwrap_or(NO_FAILED_TRY));
            let applied = self.changes.apply_within_effect(id, Event::InvoiceNotWithdrawn { says }).await;
            self.store.skip_unreadable(applied)?;
        }
        Ok(())
    }
}

const NO_FAILED_TRY: &str = "no try has failed, and none has succeeded";
const NOT_TRIED: &str = "nothing was trying it: it is tried again";

/// The delays of an order's money that had to move ten minutes ago.
fn delays_of(order: &Order, since: OffsetDateTime, tries: &[TryWords], now: OffsetDateTime) -> Vec<Event> {
    let shipping = tries.iter().find(|row| row.effect == Effect::Ship);
    let delay = |money: MoneyUnderWay<'_>| {
        let decided_at = money.decided_at.or(shipping.map(|row| row.decided_at)).unwrap_or(since);
        let says = delay_words(decided_at, words_about(money.kind, tries));
        is_over(decided_at, now).then(|| Event::MoneyDelayed { number: money.number.to_owned(), says })
    };
    order.unreported_money().filter_map(delay).collect()
}

/// Whether what was decided then should have moved by now.
fn is_over(at: OffsetDateTime, now: OffsetDateTime) -> bool {
    at <= now - MAX_MOVE_TIME || at > now + MAX_CLOCK_SKEW
}

/// Money that no effect moves, also none that was given up: its effect is decided again, one of a kind. What waits for a
/// shipment goes without it when that has failed for long, but for the rest of a reserve, which it releases.
fn untried_of<'a>(
    order: &'a Order,
    tries: &'a [TryWords],
    now: OffsetDateTime,
) -> impl Iterator<Item = Event> + 'a {
    let is_untried = move |money: &MoneyUnderWay<'_>| match row_about(money.kind, tries) {
        Some(row) if money.kind == MoneyKind::Return && row.effect == Effect::Ship => {
            is_over(row.decided_at, now) && !order.waits_for_shipment(money.number)
        }
        row => row.is_none(),
    };
    let mut kinds = Vec::new();
    order.money_under_way().filter(is_untried).filter_map(move |money| {
        let is_new = !kinds.contains(&money.kind);
        kinds.push(money.kind);
        is_new.then(|| Event::MoneyUntried { number: money.number.to_owned() })
    })
}

/// The effect that moves this money, else the one that it waits for.
fn row_about(kind: MoneyKind, tries: &[TryWords]) -> Option<&TryWords> {
    let moved_by: &[Effect] = match kind {
        MoneyKind::Shipment => &[Effect::Ship],
        MoneyKind::Return => &[Effect::Refund, Effect::ReturnMoney],
        MoneyKind::SecondPayment => &[Effect::ReturnSecondPayments],
    };
    let is_awaited = |row: &&TryWords| kind == MoneyKind::Return && row.effect == Effect::Ship;
    let own = tries.iter().rfind(|row| moved_by.contains(&row.effect));
    own.or_else(|| tries.iter().rfind(is_awaited))
}

fn words_about(kind: MoneyKind, tries: &[TryWords]) -> &str {
    match row_about(kind, tries) {
        Some(row) => row.words.as_deref().unwrap_or(NO_FAILED_TRY),
        None => NOT_TRIED,
    }
}

/// Since when it has to move, and the words of the other side.
pub(super) fn delay_words(since: OffsetDateTime, words: &str) -> String {
    let since = since.truncate_to_second().format(&Rfc3339).unwrap_or_default();
    format!("since {since}; {words}")
}
