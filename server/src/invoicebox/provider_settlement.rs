//! Shipments and refunds as Invoicebox sees them.

use domain::money::Kopecks;
use time::OffsetDateTime;

use super::skus::provider_sku;

/// A shipment as Invoicebox sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderShipment {
    /// Their id of the order.
    pub order_id: String,
    /// The number that we gave it. It is found again by this one, since theirs is not known before the answer.
    pub document_number: Option<String>,
    pub canceled: bool,
    pub amount: Option<Kopecks>,
    /// What was shipped of each line; empty where the answer does not show it.
    pub lines: Vec<ProviderLine>,
}

impl ProviderShipment {
    /// Its sum, or that of its lines where it names none itself.
    #[must_use]
    pub fn sum(&self) -> Kopecks {
        self.amount.unwrap_or_else(|| self.lines.iter().map(|line| line.amount).sum())
    }
}

/// A refund as Invoicebox sees it. Those of an order may be ours, known by their numbers, or made in the merchant's
/// office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRefund {
    pub id: String,
    /// Their id of the order.
    pub parent_id: Option<String>,
    /// The number that it was given, unique among refunds there.
    pub number: Option<String>,
    pub status: RefundStatus,
    pub amount: Option<Kopecks>,
    pub created_at: Option<OffsetDateTime>,
    /// The returned part of each line; empty where the answer does not show it.
    pub lines: Vec<ProviderLine>,
}

impl ProviderRefund {
    /// The number that it was given, else their id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.number.as_deref().unwrap_or(&self.id)
    }

    /// Whether the money stays with the merchant: nothing was returned by this refund.
    #[must_use]
    pub fn is_canceled(&self) -> bool {
        self.status == RefundStatus::Canceled
    }
}

/// Status of a refund there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// Waits for the order of its fee.
    Draft,
    /// On its way; it may still be cancelled there.
    Created,
    /// With the payer.
    Completed,
    /// Taken back: the payer gets nothing.
    Canceled,
    /// A status that is not known here: to be read again.
    Unknown(String),
}

impl RefundStatus {
    /// Reads a status; both spellings of `canceled` occur. An answer without one shows a refund that was just made.
    #[must_use]
    pub fn parse(text: Option<&str>) -> Self {
        match text {
            None | Some("created") => Self::Created,
            Some("draft") => Self::Draft,
            Some("completed") => Self::Completed,
            Some("canceled" | "cancelled") => Self::Canceled,
            Some(other) => Self::Unknown(other.chars().take(40).collect()),
        }
    }

    /// Whether it changes no more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Completed | Self::Canceled)
    }
}

/// The part of one line that a refund returns, or a shipment has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLine {
    /// As it is written there: compare with [`provider_sku`] of ours.
    pub sku: String,
    pub amount: Kopecks,
    pub vat: Option<Kopecks>,
}

/// Answer to the return of a payment as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WholeRefund {
    Sent,
    /// Others have returned all of it.
    NothingLeft,
    /// Nothing was sent: this sum may be returned there.
    OtherSum(Kopecks),
}

/// What may still be returned of a paid order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refundable {
    pub lines: Vec<RefundableLine>,
    /// At most this in all. Less than the sum of the lines where a refund does not show its lines.
    pub total: Kopecks,
    /// The lines say themselves what is left of them: of a reserve only what was taken.
    pub is_exact: bool,
}

/// What may still be returned of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundableLine {
    /// As it is written there: compare with [`provider_sku`] of ours.
    pub sku: String,
    pub available: Kopecks,
    /// The tax in it; `None` where the answer does not show it.
    pub available_vat: Option<Kopecks>,
}

impl Refundable {
    /// What may still be returned of our line with this sku.
    #[must_use]
    pub fn line(&self, sku: &str) -> Option<&RefundableLine> {
        let sku = provider_sku(sku);
        self.lines.iter().find(|line| line.sku == sku)
    }
}
