//! What an invoice means that Invoicebox shows, or has just made, under a number of ours.

use domain::{
    money::Kopecks,
    order::{Invoice, Order, machine::Event},
};

use crate::{
    invoicebox::{ProviderOrder, ProviderStatus},
    payment_origins::PaymentOrigins,
};

/// Whether merchant and currency are those of the order; fields that an answer leaves out are not compared. Another sum
/// makes it nobody else's: our numbers are random.
pub(super) fn is_of(order: &Order, there: &ProviderOrder) -> bool {
    there.may_be_of(&order.merchant_id) && is_in_roubles(there)
}

pub(super) fn is_in_roubles(there: &ProviderOrder) -> bool {
    there.currency.as_deref().is_none_or(|currency| currency == "RUB")
}

/// The sum of an invoice, where it is not the order's.
pub(super) fn other_sum(order: &Order, amount: Option<Kopecks>) -> Option<Kopecks> {
    amount.filter(|amount| *amount != order.total)
}

/// The event of an invoice that is paid, or reserved, there.
pub(super) fn paid_event(there: ProviderOrder) -> Event {
    Event::Paid {
        held: there.status == ProviderStatus::Hold,
        provider_id: there.provider_id,
        paid_at: there.paid_at,
        amount: there.amount,
    }
}

/// The event of an unpaid invoice. Nobody may pay one over another sum than the order's, nor at an address that leads
/// elsewhere.
pub(super) fn unpaid_event(
    order: &Order,
    invoice: Invoice,
    amount: Option<Kopecks>,
    origins: &PaymentOrigins,
) -> Event {
    if !invoice.payment_url.is_empty() && !origins.allow(&invoice.payment_url) {
        let (id, address) = (&invoice.provider_id, &invoice.payment_url);
        tracing::error!(
            order.number,
            invoice = %id,
            ?address,
            "the address of a payment is of none of KOLONKA_PAYMENT_ORIGINS: the invoice is withdrawn"
        );
        metrics::counter!("kolonka_payment_links_refused_total").increment(1);
        return Event::LinkRefused { invoice };
    }
    match other_sum(order, amount) {
        Some(amount) => {
            let there = amount.to_decimal();
            tracing::error!(
                order.number,
                invoice = invoice.provider_id,
                there,
                "an invoice is over another sum"
            );
            Event::SumDiffers { amount, invoice: Some(invoice) }
        }
        None => Event::InvoiceCreated(invoice),
    }
}
