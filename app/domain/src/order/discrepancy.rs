//! What does not add up: never repaired silently, always shown to an operator.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Something that a person has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discrepancy {
    /// Paid after it had been cancelled, had expired or had failed; the money is returned.
    PaidAfterEnd,
    /// Paid a second time, through another invoice: that money goes back.
    PaidTwice,
    /// There were several invoices under our number; all but one are withdrawn.
    #[serde(rename = "twin_invoices")]
    DuplicateInvoices,
    /// Our number belonged to something else at Invoicebox.
    NumberTaken,
    /// Invoicebox took a payment back that it had reported.
    PaymentReversed,
    /// More came out of the pump than was paid, beyond the meter's overrun. Never charged.
    DispensedMoreThanPaid,
    /// The end was reported with less than the meter had shown on the way, beyond its own error. The money is held.
    DispensedLessThanMetered,
    /// The station reported fuel for a release, or an order, that had ended otherwise.
    DispensedAfterEnd,
    /// The station reported fuel for an order that nobody had paid.
    DispensedUnpaid,
    /// The station reported the end with a volume that nobody can read: the operator closes the order.
    VolumeUnreadable,
    /// The station cancelled while fuel was flowing: how much came out, only the station knows. The detail is its reason.
    #[serde(rename = "station_gave_up")]
    FuellingCancelledByStation,
    /// It has not reported the end since: the order was closed with the last volume that it had reported, or with none.
    SettledAtLastReading,
    /// Released, nothing was reported for half an hour, and the station does not confirm that the release is withdrawn:
    /// the money waits.
    #[serde(rename = "release_stands")]
    ReleaseNotWithdrawn,
    /// Released, and for hours nobody has reported the end.
    #[serde(rename = "not_finished")]
    EndNotReported,
    /// Invoicebox did not take what was delivered: no closing documents.
    ShipmentRefused,
    /// The money could not be given back without a person.
    RefundRefused,
    /// The station reported fuel under a release that had ended: how much came out is not known yet, or a person has to say
    /// what it means.
    FuelAfterRelease,
    /// Somebody else returned money of this order at Invoicebox.
    RefundedElsewhere,
    /// Invoicebox names another sum than the order has.
    SumDiffers,
    /// Money that has to move does not: the detail has the amount, since when, and what the other side says.
    MoneyOwed,
    /// An invoice that nobody may pay cannot be withdrawn: it can still be paid. What is paid through it goes back.
    InvoiceNotWithdrawn,
}

/// A discrepancy of one order that is still open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedDiscrepancy {
    pub what: Discrepancy,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// A volume, a foreign id, the reason that another side gave; may be empty.
    pub detail: String,
}

impl RecordedDiscrepancy {
    /// What the other side said, behind the number and the sum.
    pub(super) fn words_of_other_side(&self) -> &str {
        self.detail.split_once(": ").map_or("", |(_, words)| words)
    }

    /// Whether its detail begins with this number of a return or shipment.
    pub(super) fn is_about(&self, number: &str) -> bool {
        self.detail.strip_prefix(number).is_some_and(|rest| rest.starts_with(' '))
    }
}

impl Discrepancy {
    /// Every discrepancy.
    pub const ALL: [Self; 21] = [
        Self::PaidAfterEnd,
        Self::PaidTwice,
        Self::DuplicateInvoices,
        Self::NumberTaken,
        Self::PaymentReversed,
        Self::DispensedMoreThanPaid,
        Self::DispensedLessThanMetered,
        Self::DispensedAfterEnd,
        Self::DispensedUnpaid,
        Self::VolumeUnreadable,
        Self::FuellingCancelledByStation,
        Self::SettledAtLastReading,
        Self::ReleaseNotWithdrawn,
        Self::EndNotReported,
        Self::ShipmentRefused,
        Self::RefundRefused,
        Self::FuelAfterRelease,
        Self::RefundedElsewhere,
        Self::SumDiffers,
        Self::MoneyOwed,
        Self::InvoiceNotWithdrawn,
    ];

    /// The discrepancy of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The name in the database and in the operator's list.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PaidAfterEnd => "paid_after_end",
            Self::PaidTwice => "paid_twice",
            Self::DuplicateInvoices => "twin_invoices",
            Self::NumberTaken => "number_taken",
            Self::PaymentReversed => "payment_reversed",
            Self::DispensedMoreThanPaid => "dispensed_more_than_paid",
            Self::DispensedLessThanMetered => "dispensed_less_than_metered",
            Self::DispensedAfterEnd => "dispensed_after_end",
            Self::DispensedUnpaid => "dispensed_unpaid",
            Self::VolumeUnreadable => "volume_unreadable",
            Self::FuellingCancelledByStation => "station_gave_up",
            Self::SettledAtLastReading => "settled_at_last_reading",
            Self::ReleaseNotWithdrawn => "release_stands",
            Self::EndNotReported => "not_finished",
            Self::ShipmentRefused => "shipment_refused",
            Self::RefundRefused => "refund_refused",
            Self::FuelAfterRelease => "fuel_after_release",
            Self::RefundedElsewhere => "refunded_elsewhere",
            Self::SumDiffers => "sum_differs",
            Self::MoneyOwed => "money_owed",
            Self::InvoiceNotWithdrawn => "invoice_not_withdrawn",
        }
    }
}
