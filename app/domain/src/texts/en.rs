//! English.

use super::sentence::with_reason;
use crate::{
    locale::Locale::En,
    order::{
        Discrepancy, StartReason,
        notice::{Happened, MoneyNotice},
    },
    quote::QuoteWarning,
    refusal::{FieldProblem, OrderRefusal, PaymentRefusal, RequestError},
};

pub(super) fn order_refusal(refusal: &OrderRefusal) -> String {
    let text = match refusal {
        OrderRefusal::StationUnknown => "There is no such station. Choose another one from the list.",
        OrderRefusal::OrderUnknown => "There is no such order. Check the link.",
        OrderRefusal::StationClosed { reason } => match reason.as_deref().filter(|reason| !reason.is_empty())
        {
            Some(reason) => return format!("The station is closed: {reason}"),
            None => "The station is closed now. Choose another one.",
        },
        OrderRefusal::NotPayable => "You cannot pay in the app at this station yet.",
        OrderRefusal::StationSilent => {
            "The station is offline: you cannot pay in the app now. Choose another station or pay at the till."
        }
        OrderRefusal::EmptyDraft => "Choose fuel, goods or a service.",
        OrderRefusal::PumpRequired => "Choose a pump.",
        OrderRefusal::PumpUnknown { pump } => {
            return format!("There is no pump {pump} here. Choose another one.");
        }
        OrderRefusal::PumpBusy { pump } => {
            return format!("Pump {pump} is busy or out of order. Choose another one.");
        }
        OrderRefusal::PumpLacksFuel { pump, fuel } => {
            return format!("Pump {pump} has no {}. Choose another pump.", fuel.name(En));
        }
        OrderRefusal::FuelUnknown { fuel } => {
            return format!("{} is not sold at this station.", fuel.name(En));
        }
        OrderRefusal::FuelSoldOut { fuel } => return format!("{} is sold out now.", fuel.name(En)),
        OrderRefusal::FullTankNotOffered => "A full tank is not offered here. Enter a sum or a volume.",
        OrderRefusal::VolumeMissing => "Enter a sum or a volume.",
        OrderRefusal::VolumeTooSmall { min, unit } => {
            return format!("At least {}", En.quantity(*min, *unit));
        }
        OrderRefusal::VolumeTooLarge { max, unit } => {
            return format!("No more than {} at a time at this station", En.quantity(*max, *unit));
        }
        OrderRefusal::ProductUnknown { .. } => {
            "The goods or service are no longer sold here. Reload the page."
        }
        OrderRefusal::CountOutOfRange { .. } => "The count is from 1 to 99, each product once.",
        OrderRefusal::TooManyLines => "An order holds no more than 100 lines.",
        OrderRefusal::PriceChanged { was, quote } => {
            let (was, now) = (En.money(*was), En.money(quote.total));
            return format!("The price has changed. It was\u{a0}{was}, now it is\u{a0}{now}.");
        }
        OrderRefusal::RequestKeyReused => {
            "This key was used for another action on this order, or with other content. Take a new one."
        }
        OrderRefusal::DiscrepancyUnknown => "There is no such discrepancy. Reload the list.",
        OrderRefusal::NoShipment => "This order has no shipment that could be sent.",
        OrderRefusal::DiscrepancyClosed => "This discrepancy is closed already. Reload the list.",
        OrderRefusal::DiscrepancyHoldsMoney => {
            "The order's money waits because of it: complete the order with the dispensed volume, send the documents again, or return the money."
        }
        OrderRefusal::EffectUnknown => "This operation is not in the queue: it is done. Reload the list.",
        OrderRefusal::KeyReused => "This key belongs to another order. Reload the page.",
        OrderRefusal::ExternalIdTaken => {
            "This number of the cashier system belongs to another order. Add a suffix such as -2 for a new one."
        }
        OrderRefusal::NotStartable => {
            "The pump cannot be started now: the order is not paid, has ended, is being cancelled, or a pump is being started."
        }
        OrderRefusal::NotServable => "The order is not paid, has ended, or is being cancelled.",
        OrderRefusal::StartUnanswered => {
            "The station does not answer, and the pump was not started. Try again, or ask the cashier."
        }
        OrderRefusal::StationUnanswered => {
            "The station does not answer. Nothing was charged. Choose another station or pay at the till."
        }
    };
    text.to_owned()
}

pub(super) fn payment_refusal(refusal: &PaymentRefusal) -> String {
    let text = match refusal {
        PaymentRefusal::NotAwaitingPayment => {
            "This order does not wait for a payment any more: it is paid, cancelled or expired."
        }
        PaymentRefusal::NotCancelable => "The order cannot be cancelled any more.",
        PaymentRefusal::NotCompletable => {
            "This order cannot be closed: it is not paid, or it has ended otherwise."
        }
        PaymentRefusal::VolumeNotPaid { paid, unit } => {
            return format!("Only {} was paid. Check the volume.", En.quantity(*paid, *unit));
        }
        PaymentRefusal::NotRefundable => {
            "There is nothing to refund. Cancel an order that is unpaid or not finished."
        }
        PaymentRefusal::Undecided => {
            "The money waits for a decision: close the order with what was given, or refund all of it."
        }
        PaymentRefusal::PumpStillReleased => {
            "The station has not confirmed that the pump is closed. Try again later, or close the order with the volume that \
             was dispensed."
        }
        PaymentRefusal::ReserveUnshipped => {
            "The money is reserved, and its shipment was refused. Send it again, or refund all of it."
        }
        PaymentRefusal::RefundTooLarge { left } => {
            return format!("No more than {} can be refunded.", En.money(*left));
        }
        PaymentRefusal::ItemTooLarge { index, left, .. } => {
            let line = index.saturating_add(1);
            return format!("Item {line}: no more than {} can be refunded.", En.money(*left));
        }
        PaymentRefusal::HandedTooMuch { index, ordered, unit } => {
            let line = index.saturating_add(1);
            return format!("Item {line}: the order has only {}.", En.quantity(*ordered, *unit));
        }
        PaymentRefusal::LinesRequired => "The order has several lines. Name those for which to return money.",
        PaymentRefusal::ProviderRefused => {
            "Nothing was charged. Invoicebox did not accept the order. Try again or pay at the till."
        }
        PaymentRefusal::LinkRefused => {
            "Nothing was charged. The payment link leads elsewhere than to Invoicebox, and the order is closed. Tell the station, and pay at the till."
        }
        PaymentRefusal::ProviderTimeout => {
            "Nothing was charged. Invoicebox is slow to answer. Press “Retry”: there will be no second order."
        }
        PaymentRefusal::ProviderDown => {
            "Nothing was charged. Invoicebox is unavailable now. Retry in a minute or pay at the till."
        }
    };
    text.to_owned()
}

pub(super) fn request_error(error: &RequestError) -> String {
    let text = match error {
        RequestError::Field { problem, .. } => field_problem(*problem),
        RequestError::Line { index, problem, .. } => {
            return format!("Line {}: {}", index.saturating_add(1), field_problem(*problem));
        }
        RequestError::Malformed { problem } => return format!("The request is malformed: {problem}"),
        RequestError::RateLimited { retry_after_s } => {
            return format!("Too many requests. Try again in {retry_after_s} s.");
        }
        RequestError::TooManyUnpaid { .. } => {
            "Too many unpaid orders. Pay or cancel the earlier ones, then try again."
        }
        RequestError::Busy { .. } => {
            "Too many orders at the moment. Nothing was charged. Try again in a minute."
        }
        RequestError::Draining => "The service is restarting. Try again in a few seconds.",
        RequestError::Unauthorized => "Access denied.",
        RequestError::ForeignOrigin => "The request came from a foreign page and was not carried out.",
        RequestError::ForeignNetwork => "Calls from this address are not accepted.",
        RequestError::Internal => {
            "Something went wrong on our side. Try again; if it does not help, tell support the request id."
        }
    };
    text.to_owned()
}

fn field_problem(problem: FieldProblem) -> &'static str {
    match problem {
        FieldProblem::Missing => "Fill in this field.",
        FieldProblem::TooLong => "The value is too long or has characters that are not allowed.",
        FieldProblem::BadInn => "The ИНН is wrong: check the digits.",
        FieldProblem::BadKpp => "КПП has nine characters, such as 773601001.",
        FieldProblem::KppWithPerson => "A sole trader has no КПП. Clear the field.",
        FieldProblem::KppWithoutInn => "Enter the ИНН: there is no КПП without it.",
        FieldProblem::BadPhone => "Enter a phone number such as +7 999 000-11-22.",
        FieldProblem::BadEmail => "Enter an e-mail address such as office@firm.com.",
        FieldProblem::BadPlate => "Enter a plate such as А123ВС178.",
        FieldProblem::OutOfRange => "Enter a whole number up to 9,999,999.",
        FieldProblem::ContainerMissing => "There is no invoice to add the order to. Open the service again.",
        FieldProblem::NotPositive => "The number must be above zero.",
        FieldProblem::SumDiffers => "The sum does not agree with the volume and the price.",
        FieldProblem::UnknownMeasure => {
            "Unknown unit of measure. Use an ОКЕИ code such as 796 (pieces) or 112 (litres)."
        }
        FieldProblem::UnknownVat => "Unknown VAT code. Use one such as RUS_VAT22 or VATNONE.",
        FieldProblem::VatNotUsed => "This seller is not under such a VAT rate.",
        FieldProblem::BadExternalId => "The number of the cashier system has 1 to 64 printable characters.",
        FieldProblem::UnknownLine => "The order has no such line.",
        FieldProblem::RepeatedLine => "This line is named twice.",
        FieldProblem::QuantityOrAmount => "Give a quantity or a sum, one of them.",
        FieldProblem::ItemsOrAmount => "Give lines or a sum, one of them.",
        FieldProblem::FuelLine => "This is fuel. Name goods or services.",
    }
}

pub(super) const LEFT_TO_CASHIER: &str = "the cashier cancels the order";

pub(super) fn quote_warning(warning: QuoteWarning) -> String {
    let text = match warning {
        QuoteWarning::FullTank => {
            "Full tank: the volume below is paid, we fill what fits, and the rest of the money comes back."
        }
        QuoteWarning::PumpBusy { pump } => {
            return format!(
                "Pump {pump} is taken or switched off now. You can start it, or another one, later."
            );
        }
        QuoteWarning::ClosedNow => "The station is closed now. You can fuel once it opens.",
    };
    text.to_owned()
}

pub(super) fn happened(happened: Happened<'_>) -> String {
    let text = match happened {
        Happened::PaymentReversedInFuelling => "The payment was reversed. Stop fuelling and go to the till.",
        Happened::FuellingInterrupted { reason } => {
            return format!(
                "{} We wait for the final volume. If none comes, the staff of the station say how much it was. The money for \
                 the rest comes back.",
                with_reason("The station interrupted the fuelling", reason)
            );
        }
        Happened::WithdrawingRelease => {
            "No news of the pump for half an hour: taking it back. You can start again once the station confirms it. \
             Do not fuel."
        }
        Happened::Cancelling => "Cancelling the order: waiting for the station to confirm. Do not fuel.",
        Happened::PaymentReversedAfterFuelling => {
            "The payment was reversed after fuelling. Go to the till or call the station."
        }
        Happened::RefundedByOperator => "The station has made a refund.",
        Happened::SettledAtLastReading => {
            "The station interrupted the fuelling and sent no final volume: you pay by the last reading of the pump."
        }
        Happened::NothingDispensed => "No fuel was filled.",
        Happened::LessDispensed => "Less was filled than paid for.",
        Happened::CanceledByCustomer => "You cancelled the order.",
        Happened::CanceledByOperator => "The operator cancelled the order.",
        Happened::PaymentReversed => "The payment was reversed. Do not fuel.",
        Happened::PaymentCanceled => "The payment was cancelled.",
        Happened::PaymentTimeOver => "The time to pay is over.",
        Happened::ProviderRefused => {
            "Invoicebox did not accept the order. Nothing was charged. Order again or pay at the till."
        }
        Happened::LinkRefused => {
            "The payment link leads elsewhere than to Invoicebox, and the order is closed. Nothing was charged. Tell the station, and pay at the till."
        }
        Happened::SoldOut => "The station could not serve you: the fuel has run out.",
        Happened::StationRefused { reason } => return with_reason("The station could not serve you", reason),
        Happened::StationSilent => "The station did not answer.",
        Happened::NotBegun => "Nobody fuelled in the time given.",
        Happened::TriesUsedUp { reason } => {
            return with_reason("No attempt to start a pump succeeded", reason);
        }
        Happened::PaidOtherSum => "Another sum was paid than the order costs.",
        Happened::StartFailed(reason) => return start_failure(reason),
        Happened::FuelUncertain => {
            "How much fuel was dispensed is not known yet: the station is checking. No money moves until it decides."
        }
        Happened::PaymentUncertain => {
            "Invoicebox shows another sum for this payment, so no pump can be started for the order. Ask the cashier: they return the money, or give the fuel themselves."
        }
        Happened::PaidTooLate => "The payment came after the order was closed.",
    };
    text.to_owned()
}

/// Why the last start came to nothing.
pub(super) fn start_failure(reason: &StartReason) -> String {
    let text = match reason {
        StartReason::PumpRefused(reason) => return with_reason("The station did not start the pump", reason),
        StartReason::PumpUnavailable => "The station did not start the pump: it is taken or switched off.",
        StartReason::CancelledByStation(reason) => {
            return with_reason("The station cancelled the fuelling", reason);
        }
        StartReason::NotUsed => {
            "The nozzle was not lifted for half an hour, so the pump was released from the order."
        }
        StartReason::NotAnswered => "The station did not answer, and the pump was not started.",
        StartReason::TooLate => {
            "The pump could not be started within a minute. Are you at the pump? Start it again."
        }
        StartReason::ProviderUnreachable => {
            "Invoicebox did not confirm the payment, so the pump was not started. Try again in a minute."
        }
    };
    text.to_owned()
}

/// What does not add up, for operators.
pub(super) fn discrepancy(what: Discrepancy) -> &'static str {
    match what {
        Discrepancy::PaidAfterEnd => "Paid after it was cancelled or had expired.",
        Discrepancy::PaidTwice => "Paid a second time, through another invoice.",
        Discrepancy::DuplicateInvoices => "There were several invoices under one number.",
        Discrepancy::NumberTaken => "The order's number was taken at Invoicebox.",
        Discrepancy::PaymentReversed => "Invoicebox took the payment back.",
        Discrepancy::DispensedMoreThanPaid => "More was dispensed than paid.",
        Discrepancy::DispensedLessThanMetered => "The station reported less than the meter had shown.",
        Discrepancy::DispensedAfterEnd => {
            "The station reported fuel although the pump was no longer released for the order, or the order had ended."
        }
        Discrepancy::DispensedUnpaid => "The station reported fuel for an unpaid order.",
        Discrepancy::VolumeUnreadable => "The station reported a volume that cannot be read.",
        Discrepancy::FuellingCancelledByStation => {
            "The station cancelled while fuel was flowing, and did not report how much."
        }
        Discrepancy::SettledAtLastReading => "No end was reported: settled at the last reading.",
        Discrepancy::ReleaseNotWithdrawn => {
            "The station did not confirm that the pump is released no longer."
        }
        Discrepancy::EndNotReported => "Released long ago, and no end was reported.",
        Discrepancy::ShipmentRefused => "Invoicebox refused the shipment: no closing documents.",
        Discrepancy::RefundRefused => "Invoicebox did not return the money.",
        Discrepancy::FuelAfterRelease => "The station reported fuel under a release that had ended.",
        Discrepancy::RefundedElsewhere => "Somebody returned money in the office of Invoicebox.",
        Discrepancy::SumDiffers => "Invoicebox names another sum than the order.",
        Discrepancy::MoneyOwed => "Money that has to move does not.",
        Discrepancy::InvoiceNotWithdrawn => "An invoice could not be withdrawn: it can still be paid.",
    }
}

pub(super) fn money_notice(notice: MoneyNotice) -> String {
    match notice {
        MoneyNotice::NothingCharged => "Nothing was charged.".to_owned(),
        MoneyNotice::Coming(sum) => {
            format!("Invoicebox returns {} to the payer, usually within two working days.", En.money(sum))
        }
        MoneyNotice::Delayed { sum, order_number } => format!(
            "The return of {} is delayed, and the station knows. If it does not come, tell them order {order_number}.",
            En.money(sum)
        ),
        MoneyNotice::Released(sum) => format!(
            "{} was not charged: the payer's bank releases the reserve, usually within two working days.",
            En.money(sum)
        ),
        MoneyNotice::Owed { sum, order_number } => format!(
            "{} could not be returned automatically: the operator of the station will see to it. Tell them order \
             {order_number}.",
            En.money(sum)
        ),
    }
}
