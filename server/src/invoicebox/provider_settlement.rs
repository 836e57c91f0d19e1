//! Shipments and refunds as Invoicebox sees them.

use domain::money::Kopecks;

/// A shipment as Invoicebox sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderShipment {
    /// Their id of the order.
    pub order_id: String,
    /// The number that we gave it. It is found again by this one, since theirs is not known before the answer.
    pub document_number: Option<String>,
    pub canceled: bool,
    pub amount: Option<Kopecks>,
}

/// A refund as Invoicebox sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRefund {
    pub id: String,
    /// Their id of the order.
    pub parent_id: Option<String>,
    /// Our number, unique among refunds there.
    pub number: Option<String>,
    pub canceled: bool,
    pub amount: Option<Kopecks>,
}
