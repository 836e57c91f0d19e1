//! The money of a paid order: what was paid, what was delivered for it, what is returned.
//!
//! At every end of a paid order `paid = final + Σ returns`; a return is under way, done, or refused, and a refused
//! one is a named discrepancy.

use serde::{Deserialize, Serialize};

use crate::{money::Kopecks, quote::Line};

/// Payment, shipment and returns of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// `None` until the order is paid.
    pub payment: Option<Payment>,
    /// What was delivered, as reported to Invoicebox.
    pub shipment: Option<Shipment>,
    /// Money on its way back, oldest first.
    pub returns: Vec<Return>,
    /// Count of refund numbers that have been given out.
    #[serde(rename = "numbered")]
    pub issued_refund_numbers: u32,
}

/// Payment of an order, always of its whole total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Invoicebox reports the order as paid.
    Taken,
    /// Reserved on the payer's card: the final shipment takes what was delivered and releases the rest.
    Held,
}

/// Lines that were really delivered; sent as the final shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Document number, at most 36 characters: how it is found again after an answer was lost.
    pub number: String,
    pub lines: Vec<Line>,
    pub state: Progress,
}

/// Money on its way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Our number of the refund, never used twice: Invoicebox refuses a repetition, so the money cannot go twice.
    pub number: String,
    pub cause: Cause,
    pub lines: Vec<Line>,
    pub amount: Kopecks,
    pub state: Progress,
    /// The way it went, once it is done.
    pub by: Option<ReturnedBy>,
}

/// Cause of a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Less was dispensed than paid.
    Rest,
    /// Nothing was delivered.
    Everything,
    /// The operator decided so; the reason goes into the refund's description.
    Operator { reason: String },
    /// Invoicebox took the payment back by itself.
    Reversed,
}

/// Progress of a call that moves money or documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    UnderWay,
    Done,
    /// Refused for good: an operator has to look.
    Refused,
}

/// Way of a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedBy {
    /// The payment was cancelled as a whole: a guarantee or a reserve.
    Cancel,
    /// A refund of its own.
    Refund,
    /// Never taken: the final shipment released it.
    Release,
}

impl Return {
    /// Tax within the returned lines.
    #[must_use]
    pub fn vat(&self) -> Kopecks {
        self.lines.iter().map(|line| line.vat_sum).sum()
    }
}

impl Shipment {
    /// Sum of the delivered lines.
    #[must_use]
    pub fn amount(&self) -> Kopecks {
        self.lines.iter().map(|line| line.total).sum()
    }
}

impl Settlement {
    /// Whether Invoicebox took the payment back by itself.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        self.returns.iter().any(|back| back.cause == Cause::Reversed)
    }

    /// Returns that still have to be carried out.
    pub fn pending_returns(&self) -> impl Iterator<Item = &Return> {
        self.returns.iter().filter(|back| back.state == Progress::UnderWay)
    }

    /// Sum of the returns that Invoicebox refused and an operator has to see to.
    #[must_use]
    pub fn refused_total(&self) -> Kopecks {
        self.sum(Progress::Refused)
    }

    /// Sum of all returns: under way, done, refused.
    #[must_use]
    pub fn returned(&self) -> Kopecks {
        self.returns.iter().map(|back| back.amount).sum()
    }

    fn sum(&self, state: Progress) -> Kopecks {
        self.returns.iter().filter(|back| back.state == state).map(|back| back.amount).sum()
    }

    pub(super) fn next_number(&mut self, order: &str) -> String {
        self.issued_refund_numbers += 1;
        format!("{order}-r{}", self.issued_refund_numbers)
    }
}
