//! Report to the operator, at once, of money whose move was refused for a reason that may pass.

use std::sync::Arc;

use domain::order::{Order, machine::Event};

use crate::{
    invoicebox::CallError,
    orders::{OrderChanges, StoreError, store::OutboxEntry, workers::owed::delay_words},
};

/// Reports refusals that are not final: nobody may notice them otherwise, and the try alone does not mend them.
#[derive(Clone)]
pub(super) struct ReportRefusal {
    pub changes: Arc<OrderChanges>,
}

impl ReportRefusal {
    /// Records that the return or shipment of this number was refused. A failure that passes by itself within seconds is
    /// not recorded.
    pub async fn run(
        &self,
        entry: &OutboxEntry,
        order: &Order,
        number: &str,
        error: &CallError,
    ) -> Result<(), StoreError> {
        let is_shown = error.is_refused_for_now() || (error.is_server_error() && entry.attempts > 1);
        if !is_shown || order.is_delay_reported(number) {
            return Ok(());
        }
        let under_way = order.money_under_way().find(|money| money.number == number);
        let decided_at = under_way.and_then(|money| money.decided_at).unwrap_or(entry.row.decided_at);
        let event = Event::MoneyDelayed {
            number: number.to_owned(),
            says: delay_words(decided_at, &error.to_string()),
        };
        self.changes.apply_within_effect(order.id, event).await?;
        Ok(())
    }
}
