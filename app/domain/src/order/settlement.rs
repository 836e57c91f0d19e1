//! The money of a paid order: what was paid, what was delivered for it, what goes back.
//!
//! At every end of a paid order `paid = final + Σ returns`; a return is under way, done, or refused, and a refused
//! one is a named discrepancy.

use serde::{Deserialize, Serialize};

use crate::{money::Kopecks, quote::Line};

/// What has become of the money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// `None` until the order is paid.
    pub payment: Option<Payment>,
    /// What was delivered, as told to Invoicebox.
    pub shipment: Option<Shipment>,
    /// What goes back, oldest first.
    pub returns: Vec<Return>,
    /// How many refund numbers have been given out.
    #[serde(rename = "numbered")]
    pub issued_refund_numbers: u32,
}

/// How the order was paid: always its whole total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Invoicebox reports the order as paid.
    Taken,
    /// Reserved on the payer's card: the final shipment takes what was delivered and releases the rest.
    Held,
}

/// What was really delivered; sent as the final shipment.
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
    /// How it went, once it is done.
    pub by: Option<ReturnedBy>,
}

/// Why money goes back.
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

/// How far a call that moves money or documents has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    UnderWay,
    Done,
    /// Refused for good: an operator has to look.
    Refused,
}

/// How money went back.
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
    /// The tax in it.
    #[must_use]
    pub fn vat(&self) -> Kopecks {
        self.lines.iter().map(|line| line.vat_sum).sum()
    }
}

impl Shipment {
    /// What was delivered is worth this.
    #[must_use]
    pub fn amount(&self) -> Kopecks {
        self.lines.iter().map(|line| line.total).sum()
    }
}

impl Settlement {
    /// Invoicebox took the payment back by itself.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        self.returns.iter().any(|back| back.cause == Cause::Reversed)
    }

    /// Returns that still have to be carried out.
    pub fn under_way(&self) -> impl Iterator<Item = &Return> {
        self.returns.iter().filter(|back| back.state == Progress::UnderWay)
    }

    /// What Invoicebox refused to give back and an operator has to see to.
    #[must_use]
    pub fn owed(&self) -> Kopecks {
        self.sum(Progress::Refused)
    }

    /// Everything that goes, went, or should go back.
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
