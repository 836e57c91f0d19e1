//! What an operator asks to have returned.

use serde::{Deserialize, Serialize};

use crate::{
    id::{IdempotencyKey, Sku},
    money::Kopecks,
    quantity::Centi,
};

/// A request of an operator to return money. The same key is the same refund, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    pub key: IdempotencyKey,
    pub scope: RefundScope,
    pub reason: String,
}

/// What a refund returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundScope {
    /// All that is left; what Invoicebox refused before comes first.
    Rest,
    /// This sum of an order with one line.
    Amount(Kopecks),
    Items(Vec<RefundItem>),
}

/// Part of a line that is returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundItem {
    pub sku: Sku,
    pub part: RefundPart,
}

/// How much of a line is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundPart {
    Quantity(Centi),
    Amount(Kopecks),
}
