//! Answers of the server as the tests read them. They are declared again here, so that a changed name in the product fails
//! a test.

use std::fmt;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// The answer to the customer or cashier who placed an order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Placed {
    pub order_id: String,
    pub payment_url: String,
    pub view: OrderView,
    /// The whole answer, for fields that few tests read.
    #[serde(skip)]
    pub json: Value,
}

/// The view of an order on its page.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct OrderView {
    pub id: String,
    pub number: String,
    pub status: String,
    pub total_kopecks: i64,
    pub payment_url: Option<String>,
    pub dispensed_centi: Option<i64>,
    pub final_kopecks: Option<i64>,
    pub refund_kopecks: Option<i64>,
    pub message: Option<String>,
    pub history: Vec<Step>,
    /// The whole view, for fields that few tests read.
    #[serde(skip)]
    pub json: Value,
}

/// A status that an order has had.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Step {
    pub status: String,
}

/// The error in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorBody<'a> {
    pub code: &'a str,
    pub message: &'a str,
}

impl Placed {
    pub fn read(json: Value) -> Self {
        let mut placed: Self = read(&json);
        placed.view.json = json["view"].clone();
        Self { json, ..placed }
    }
}

impl OrderView {
    pub fn read(json: Value) -> Self {
        let view: Self = read(&json);
        Self { json, ..view }
    }

    /// The sentence about the next step.
    pub fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_else(|| panic!("no message in {}", self.json))
    }

    /// The statuses that the order has had, in their order.
    pub fn statuses(&self) -> Vec<&str> {
        self.history.iter().map(|step| step.status.as_str()).collect()
    }

    /// Number of times that the order came to this status.
    pub fn count_of(&self, status: &str) -> usize {
        self.history.iter().filter(|step| step.status == status).count()
    }
}

impl<'a> ErrorBody<'a> {
    pub fn of(answer: &'a Value) -> Self {
        Self::deserialize(&answer["error"]).unwrap_or_else(|error| panic!("{error} in {answer}"))
    }
}

fn read<T: DeserializeOwned>(json: &Value) -> T {
    serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error} in {json}"))
}

impl fmt::Display for Placed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.fmt(formatter)
    }
}

impl fmt::Display for OrderView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.fmt(formatter)
    }
}
