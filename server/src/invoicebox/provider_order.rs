//! An order as Invoicebox sees it.

use domain::{money::Kopecks, order::Invoice};
use time::OffsetDateTime;

/// An order as it was read. Only the id and the status are certain; everything else may be missing from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderOrder {
    pub provider_id: String,
    pub container_id: Option<String>,
    pub merchant_id: Option<String>,
    /// Our number.
    pub merchant_order_id: Option<String>,
    pub status: ProviderStatus,
    pub amount: Option<Kopecks>,
    pub currency: Option<String>,
    pub payment_url: Option<String>,
    pub created_at: Option<OffsetDateTime>,
    pub paid_at: Option<OffsetDateTime>,
}

/// An order that was just created there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedInvoice {
    pub invoice: Invoice,
    /// The order as the answer shows it: its sum, currency and merchant may differ from ours.
    pub order: ProviderOrder,
}

impl CreatedInvoice {
    /// `None` for an order without an address to pay at.
    #[must_use]
    pub fn of(order: ProviderOrder) -> Option<Self> {
        order.invoice().map(|invoice| Self { invoice, order })
    }
}

impl ProviderOrder {
    /// The invoice that is recorded with our order; `None` without an address to pay at.
    #[must_use]
    pub fn invoice(&self) -> Option<Invoice> {
        Some(Invoice {
            provider_id: self.provider_id.clone(),
            container_id: self.container_id.clone(),
            payment_url: self.payment_url.clone()?,
        })
    }

    /// Whether it is of this merchant, as far as the answer says.
    #[must_use]
    pub fn may_be_of(&self, merchant_id: &str) -> bool {
        self.merchant_id.as_ref().is_none_or(|merchant| merchant.eq_ignore_ascii_case(merchant_id))
    }
}

/// Statuses there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderStatus {
    /// Waiting for payment.
    Created,
    /// Money is reserved but not taken: no reason to release fuel.
    Hold,
    /// Paid; the only status that means it.
    Completed,
    Expired,
    /// Cancelled before payment, or a guarantee was taken back.
    Canceled,
    Draft,
    /// A status that is not known here: nothing is done about it.
    Unknown(String),
}

impl ProviderStatus {
    /// Whether the money counts as paid: it was taken, or it is reserved where the network has agreed to that.
    #[must_use]
    pub fn is_paid(&self, release_on_hold: bool) -> bool {
        *self == Self::Completed || (*self == Self::Hold && release_on_hold)
    }

    /// Reads a status; both spellings of `canceled` occur.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "created" => Self::Created,
            "hold" => Self::Hold,
            "completed" => Self::Completed,
            "expired" => Self::Expired,
            "canceled" | "cancelled" => Self::Canceled,
            "draft" => Self::Draft,
            other => Self::Unknown(other.chars().take(40).collect()),
        }
    }
}
