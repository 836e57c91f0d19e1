//! The kinds of events, counted: a new one has to be a row of the table.

use domain::order::machine::Event;

/// Kinds of events.
pub const EVENT_KINDS: usize = 47;

/// The place of an event's kind among all.
pub fn kind_of(event: &Event) -> usize {
    match event {
        Event::InvoiceCreated(_) => 0,
        Event::InvoiceRefused => 1,
        Event::NumberTaken { .. } => 2,
        Event::Paid { .. } => 3,
        Event::SumDiffers { .. } => 4,
        Event::PaidSumDiffers { .. } => 5,
        Event::CreationUnanswered => 6,
        Event::PaymentRestored { .. } => 7,
        Event::PaymentCanceled => 8,
        Event::TimeOver => 9,
        Event::CancelRequested { .. } => 10,
        Event::Withdrawn { .. } => 11,
        Event::WithdrawalRefused { .. } => 12,
        Event::WithdrawalUnanswered { .. } => 13,
        Event::StartRequested { .. } => 14,
        Event::ReleaseRequested => 15,
        Event::StartNotSent { .. } => 16,
        Event::StartTimeOver => 17,
        Event::StartOffered => 18,
        Event::ReadyByHand => 19,
        Event::Station { .. } => 20,
        Event::ReleaseLapsed => 21,
        Event::Overdue => 22,
        Event::GoodsTimeOver => 23,
        Event::ReleaseUnreached { .. } => 24,
        Event::CompletedByOperator { .. } => 25,
        Event::RefundRequested(_) => 26,
        Event::ShipmentRetried => 27,
        Event::DiscrepancySettled { .. } => 28,
        Event::MoneyDelayed { .. } => 29,
        Event::MoneyUntried { .. } => 30,
        Event::InvoiceNotWithdrawn { .. } => 31,
        Event::InvoicesWithdrawn => 32,
        Event::RefundFound { .. } => 33,
        Event::SecondRefundFound { .. } => 34,
        Event::ReserveTaken { .. } => 35,
        Event::ShipmentRecorded { .. } => 36,
        Event::ShipmentRefused { .. } => 37,
        Event::RefundSent { .. } => 38,
        Event::RefundAbsent { .. } => 39,
        Event::RefundRecorded { .. } => 40,
        Event::RefundConfirmed { .. } => 41,
        Event::RefundDated { .. } => 42,
        Event::RefundRefused { .. } => 43,
        Event::RefundsRetried => 44,
        Event::LinkRefused { .. } => 45,
        Event::RefundOverdue { .. } => 46,
    }
}
