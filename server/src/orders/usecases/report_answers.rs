//! Answers to reports of Invoicebox that could not be recorded.

use crate::invoicebox::{NotificationAnswer, NotificationAnswerCode};

pub(super) fn not_found() -> NotificationAnswer {
    NotificationAnswer::error(NotificationAnswerCode::OrderNotFound, "no such order of this merchant")
}

/// Invoicebox then repeats its report.
pub(super) fn unread() -> NotificationAnswer {
    NotificationAnswer::error(NotificationAnswerCode::OutOfService, "the order cannot be read")
}
