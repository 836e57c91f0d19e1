use super::Code;

/// Why a request is not carried out, whatever it asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestError {
    /// A field that is malformed; `field` is its path in the request.
    Field {
        field: &'static str,
        problem: FieldProblem,
    },
    /// A line of a cashier's sale that is malformed; `index` counts from 0.
    Line {
        index: usize,
        field: &'static str,
        problem: FieldProblem,
    },
    /// The request as a whole is malformed; `problem` is English prose for developers.
    Malformed {
        problem: String,
    },
    RateLimited {
        retry_after_s: u64,
    },
    /// The client has as many unpaid orders open as it may have: nothing was recorded.
    TooManyUnpaid {
        retry_after_s: u64,
    },
    /// A new order could not be made soon: nothing was recorded.
    Busy {
        retry_after_s: u64,
    },
    /// SIGTERM was received: nothing new is begun.
    Draining,
    Unauthorized,
    /// Another site's page wrote in the name of a signed-in cashier.
    ForeignOrigin,
    /// A call came from an address from which none are taken.
    ForeignNetwork,
    /// Our own failure; the cause is in the log under the request id.
    Internal,
}

/// Problem of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    Missing,
    TooLong,
    BadInn,
    BadKpp,
    KppWithPerson,
    KppWithoutInn,
    BadPhone,
    BadEmail,
    BadPlate,
    OutOfRange,
    ContainerMissing,
    NotPositive,
    /// Volume, price and sum were given, and they are not one sale.
    SumDiffers,
    /// A measure that is not among those of [`crate::unit::Unit`].
    UnknownMeasure,
    UnknownVat,
    /// A tax that the seller is not under.
    VatNotUsed,
    BadExternalId,
    /// A line that the order does not have.
    UnknownLine,
    /// A line that was named before.
    RepeatedLine,
    /// Either a quantity or a sum is needed, and there are both or none.
    QuantityOrAmount,
    /// Either lines or a sum are meant, and there are both.
    ItemsOrAmount,
    /// Fuel, where goods or services are meant.
    FuelLine,
}

impl RequestError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Field { .. } | Self::Line { .. } | Self::Malformed { .. } => Code::BadRequest,
            Self::RateLimited { .. } | Self::TooManyUnpaid { .. } => Code::RateLimited,
            Self::Busy { .. } => Code::Busy,
            Self::Unauthorized => Code::Unauthorized,
            Self::ForeignOrigin | Self::ForeignNetwork => Code::Forbidden,
            Self::Draining | Self::Internal => Code::Internal,
        }
    }

    /// Path of the field that the customer has to mend, as in the request. That of a line depends on its index.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Field { field, .. } => Some(field),
            _ => None,
        }
    }
}
