//! Expected refusals: what a customer or a cashier may read, as data. The sentences are in [`crate::texts`], the HTTP
//! status belongs to the server.
//!
//! A rule returns the narrowest of the three kinds; an adapter that may meet all of them takes [`Refusal`].

mod code;
mod order;
mod payment;
mod request;

pub use code::Code;
pub use order::OrderRefusal;
pub use payment::PaymentRefusal;
pub use request::{FieldProblem, RequestError};

/// A refusal of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    Order(OrderRefusal),
    Payment(PaymentRefusal),
    Request(RequestError),
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Order(refusal) => refusal.code(),
            Self::Payment(refusal) => refusal.code(),
            Self::Request(error) => error.code(),
        }
    }

    /// Path of the field that the customer has to mend, as in the request.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Order(refusal) => refusal.field(),
            Self::Payment(_) => None,
            Self::Request(error) => error.field(),
        }
    }
}

impl From<OrderRefusal> for Refusal {
    fn from(refusal: OrderRefusal) -> Self {
        Self::Order(refusal)
    }
}

impl From<PaymentRefusal> for Refusal {
    fn from(refusal: PaymentRefusal) -> Self {
        Self::Payment(refusal)
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}
