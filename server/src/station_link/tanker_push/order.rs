//! The body of `POST order` for the station server.

use std::str::FromStr;

use domain::order::{Order, Release};
use serde_json::{Number, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::reference::Reference;

/// Reason of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PushKind {
    /// Paid: release the pump.
    Created,
    Completed,
    /// The station has cancelled the order itself; reported back, so that both sides agree.
    StationCanceled,
    UserCanceled,
    /// The station reported nothing for half an hour.
    Expired,
}

impl PushKind {
    fn status(self) -> &'static str {
        match self {
            Self::Created => "OrderCreated",
            Self::Completed => "Completed",
            Self::StationCanceled => "StationCanceled",
            Self::UserCanceled => "UserCanceled",
            Self::Expired => "Expire",
        }
    }
}

/// Builds the body of a release; `None` for an order without fuel, which does not concern the station server.
///
/// Volumes are in the product's unit, cubic metres for methane, and always exact (`Liters`): what the customer meant as
/// a sum was turned into a volume when it was priced, and is not worked out a second time by somebody else.
///
/// A full tank is of the type `FullTank`, whose `OrderVolume` is the ceiling in roubles. `fuel` is the station's id
/// of the grade.
pub(super) fn body(order: &Order, release: &Release, fuel: &str, push: PushKind) -> Option<Value> {
    let line = order.fuel_line()?;
    let (litres, price, sum) = (
        number(&line.quantity.to_decimal()),
        number(&line.price.to_decimal()),
        number(&line.total.to_decimal()),
    );
    let contract = if order.customer.inn.is_some() { "Corporation" } else { "Individual" };
    let mut body = json!({
        "Id": Reference::of(order, release.number).to_string(),
        "DateCreate": moment(release.started_at),
        "OrderType": if order.full_tank { "FullTank" } else { "Liters" },
        "OrderVolume": if order.full_tank { &sum } else { &litres },
        "StationId": order.station.id.0,
        "StationExtendedId": order.station.id.0,
        "ColumnId": release.pump.0,
        "FuelId": fuel,
        "FuelMarka": line.name,
        "FuelExtendedId": fuel,
        "PriceFuel": price,
        "Sum": sum,
        "Litre": litres,
        "SumPaid": sum,
        "Status": push.status(),
        "ContractId": contract,
    });
    if push != PushKind::Created {
        let end = order.cancellation.map(|cancellation| cancellation.at).or(release.end.map(|end| end.at));
        let completed = push == PushKind::Completed;
        let kept = order.delivered().iter().find(|line| line.fuel().is_some()).map(|line| line.total);
        let more = json!({
            "DateEnd": end.map(moment),
            "Reason": reason(order),
            "LitreCompleted": order.dispensed.filter(|_| completed).map(|volume| number(&volume.to_decimal())),
            "SumPaidCompleted": kept.filter(|_| completed).map(|sum| number(&sum.to_decimal())),
        });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        }
    }
    Some(body)
}

/// Reason of the end, for the station's log.
fn reason(order: &Order) -> Option<&'static str> {
    use domain::order::{Reason, machine::Canceller};
    match (&order.reason, order.cancellation.map(|cancellation| cancellation.by)) {
        (Some(Reason::CanceledByCustomer), _) | (_, Some(Canceller::Customer)) => Some("отменён покупателем"),
        (Some(Reason::CanceledByOperator), _) | (_, Some(Canceller::Operator)) => Some("отменён оператором"),
        (Some(Reason::PaymentCanceled), _) => Some("платёж отозван"),
        (Some(Reason::NotBegun), _) | (_, Some(Canceller::Clock)) => Some("налив не начат"),
        _ => None,
    }
}

/// A JSON number with exactly these digits.
fn number(digits: &str) -> Value {
    Number::from_str(digits).map_or(Value::Null, Value::Number)
}

/// UTC to the second: `2026-11-25T21:32:46Z`.
fn moment(at: OffsetDateTime) -> Value {
    let whole = at.replace_nanosecond(0).unwrap_or(at);
    whole.format(&Rfc3339).map_or(Value::Null, Value::String)
}
