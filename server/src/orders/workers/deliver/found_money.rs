//! What Invoicebox shows of money that others have moved: refunds of the office, and what was taken of a reserve.

use std::sync::Arc;

use domain::{
    money::Kopecks,
    order::{
        Order,
        machine::Event,
        settlement::{Return, ReturnedBy},
    },
};

use crate::{
    invoicebox::{CallError, InvoiceboxClient, ProviderRefund, provider_sku},
    orders::{Applied, OrderChanges, StoreError},
};

/// The event of a refund that somebody else has made; `None` for one of ours, or one that was cancelled.
pub(super) fn found_refund(order: &Order, refund: &ProviderRefund) -> Option<Event> {
    let number = refund.name().to_owned();
    let is_known = order.settlement.returns.iter().any(|back| back.number == number);
    if is_known || refund.is_canceled() {
        return None;
    }
    let lines = refund.lines.iter().filter_map(|part| {
        let line = order.lines.iter().find(|line| provider_sku(&line.sku.0) == part.sku)?;
        Some((line.sku.clone(), part.amount))
    });
    let (lines, at) = (lines.collect(), refund.created_at);
    let is_confirmed = refund.status.is_final();
    Some(Event::RefundFound { number, amount: refund.amount?, lines, at, is_confirmed })
}

/// Records what somebody else has returned at Invoicebox: that money does not go twice. Returns whether anything is new.
pub(super) async fn record_found(
    changes: &Arc<OrderChanges>,
    order: &Order,
    refunds: &[ProviderRefund],
) -> Result<bool, StoreError> {
    let mut is_new = false;
    for event in refunds.iter().filter_map(|refund| found_refund(order, refund)) {
        let applied = changes.apply_within_effect(order.id, event).await?;
        is_new |= matches!(applied, Applied::Changed(_));
    }
    Ok(is_new)
}

/// What was taken of a reserve, where Invoicebox says so: what may be returned of it, and what has been, as its refunds were
/// just read, with ours that a list does not show yet. `None` where it shows plain lines, which say nothing about it.
pub(super) async fn taken_of(
    invoicebox: &InvoiceboxClient,
    order: &Order,
    provider_id: &str,
    refunds: &[ProviderRefund],
) -> Result<Option<Kopecks>, CallError> {
    let refundable = invoicebox.refundable(provider_id).await?;
    let live = refunds.iter().filter(|refund| !refund.is_canceled());
    let shown: Kopecks = live.filter_map(|refund| refund.amount).sum();
    let is_unseen = |back: &&Return| {
        back.by == Some(ReturnedBy::Refund) && !refunds.iter().any(|refund| refund.name() == back.number)
    };
    let unseen: Kopecks = order.settlement.returns.iter().filter(is_unseen).map(|back| back.amount).sum();
    Ok(refundable.is_exact.then_some(refundable.total + shown + unseen))
}
