//! What Invoicebox shows of money that others have moved: refunds of the office, and what was taken of a reserve.

use domain::{
    money::Kopecks,
    order::{
        Order,
        machine::Event,
        settlement::{Return, ReturnedBy},
    },
};

use crate::invoicebox::{CallError, InvoiceboxClient, ProviderRefund, provider_sku};

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
