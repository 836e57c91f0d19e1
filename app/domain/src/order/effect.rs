//! Effects: what has to be done in the world after an order has changed.

use serde::{Deserialize, Serialize};

/// Something to be done in the world, after the change is durable. Each is safe to repeat, and reads from the order
/// what exactly has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Create the invoice at Invoicebox.
    CreateInvoice,
    /// Withdraw the unpaid invoice, so that nobody pays it.
    CancelInvoice,
    /// Withdraw the other invoices under our number.
    #[serde(rename = "cancel_twins")]
    CancelDuplicates,
    /// Ask the station to release the pump.
    #[serde(rename = "authorise")]
    RequestRelease,
    /// Withdraw the release of a pump that is not needed any more.
    #[serde(rename = "withdraw_authorisation")]
    WithdrawRelease,
    /// Report to the station the end of an order whose release it was asked for, where the station itself ended it: fuel
    /// was dispensed, or it cancelled.
    ReportEnd,
    /// Announce to the station that paid goods and services may be handed over.
    Announce,
    /// Report to Invoicebox what was delivered: closing documents follow, reserved money is taken.
    Ship,
    /// Return part of the money.
    Refund,
    /// Return all the money.
    ReturnMoney,
    /// Return what was paid through other invoices, beside the order's own payment.
    ReturnSecondPayments,
    /// Look for other invoices under our number, after a creation that was not answered.
    FindDuplicates,
    /// Read what becomes of refunds that Invoicebox has accepted.
    FollowRefunds,
}

impl Effect {
    /// Every effect.
    pub const ALL: [Self; 13] = [
        Self::CreateInvoice,
        Self::CancelInvoice,
        Self::CancelDuplicates,
        Self::RequestRelease,
        Self::WithdrawRelease,
        Self::ReportEnd,
        Self::Announce,
        Self::Ship,
        Self::Refund,
        Self::ReturnMoney,
        Self::ReturnSecondPayments,
        Self::FindDuplicates,
        Self::FollowRefunds,
    ];

    /// The name in the outbox.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateInvoice => "create_invoice",
            Self::CancelInvoice => "cancel_invoice",
            Self::CancelDuplicates => "cancel_twins",
            Self::RequestRelease => "authorise",
            Self::WithdrawRelease => "withdraw_authorisation",
            Self::ReportEnd => "report_end",
            Self::Announce => "announce",
            Self::Ship => "ship",
            Self::Refund => "refund",
            Self::ReturnMoney => "return_money",
            Self::ReturnSecondPayments => "return_second_payments",
            Self::FindDuplicates => "find_duplicates",
            Self::FollowRefunds => "follow_refunds",
        }
    }

    /// Reads a name; exact.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.name() == name)
    }
}
