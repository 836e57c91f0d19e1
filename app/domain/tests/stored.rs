//! Stored bodies of orders, effects and discrepancies, as databases hold them: they outlive the names in the code.

#![expect(clippy::expect_used, reason = "a broken expectation is a failed test")]

use domain::{
    id::PumpNumber,
    order::{
        Discrepancy, MoneyHold, Order, RecordedDiscrepancy, ReleaseOutcome, ReleaseStanding, Status,
        machine::Effect,
    },
    quantity::Centi,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// One order a line, of the version that released the pump with the payment: being cancelled, completed with a refused
/// shipment and a duplicate invoice, expired.
const EARLIER_ORDERS: &str = include_str!("data/stored_orders_without_releases.jsonl");
/// One order a line: at its second release, canceled with late fuel, completed with goods that wait, and with refunds and
/// a second payment.
const ORDERS: &str = include_str!("data/stored_orders.jsonl");

/// Fields that the version with starts by the driver has added, all at once.
const ADDED: [&str; 10] = [
    "decided_at",
    "is_confirmed",
    "goods_until",
    "handed_over",
    "hold",
    "paid_at",
    "releases",
    "start",
    "start_reason",
    "start_until",
];

#[test]
fn a_stored_order_of_an_earlier_version_keeps_every_field() {
    for (index, line) in EARLIER_ORDERS.lines().enumerate() {
        let before: Value = serde_json::from_str(line).expect("JSON");
        let order: Order = serde_json::from_str(line).expect("an order");
        let mut written = serde_json::to_value(&order).expect("JSON");
        remove_added(&mut written);
        assert_eq!(written, before, "line {index}");
    }
}

fn remove_added(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !ADDED.contains(&name.as_str()));
            fields.values_mut().for_each(remove_added);
        }
        Value::Array(values) => values.iter_mut().for_each(remove_added),
        _ => {}
    }
}

#[test]
fn a_stored_order_is_read_and_written_unchanged() {
    for (index, line) in ORDERS.lines().enumerate() {
        let order: Result<Order, _> = serde_json::from_str(line);
        let written = order.and_then(|order| serde_json::to_string(&order));
        assert_eq!(written.unwrap_or_else(|error| error.to_string()), line, "line {index}");
    }
}

/// Of an earlier version, which had one release and did not number it.
fn earlier_order(status: Status) -> Order {
    let orders = EARLIER_ORDERS.lines().filter_map(|line| serde_json::from_str::<Order>(line).ok());
    orders.map(Order::upgraded).find(|order| order.status == status).expect("an order in this status")
}

#[test]
fn an_order_of_an_earlier_version_ends_as_it_began() {
    let ready = earlier_order(Status::Ready);
    let release = ready.open_release().expect("its release may still be carried out");
    assert_eq!((release.number, release.pump, release.seq), (1, PumpNumber(4), 5));
    assert!(release.sent_at.is_some() && ready.has_sent_release());
    assert_eq!(ready.paid_at.map(|paid| paid.learned), ready.history.get(2).map(|step| step.at));
    let completed = earlier_order(Status::Completed);
    assert_eq!(completed.standing_of(1), ReleaseStanding::Ended(ReleaseOutcome::Dispensed));
    assert_eq!(completed.release(1).and_then(|release| release.dispensed), completed.dispensed);
    let expired = earlier_order(Status::Expired);
    assert!(expired.releases.is_empty() && expired.paid_at.is_none());
    for order in [ready, completed, expired] {
        assert_eq!(order.clone().upgraded(), order, "once is enough");
    }
}

/// The earlier version recorded that nobody knew how much had come out, and would have returned the money all the same.
#[test]
fn uncertain_fuel_of_an_earlier_version_holds_the_money() {
    let mut order = earlier_order(Status::Ready);
    order.releases.clear();
    let at = order.placed_at;
    let what = Discrepancy::VolumeUnreadable;
    order.discrepancies.push(RecordedDiscrepancy { what, at, detail: "много".to_owned() });
    assert_eq!(order.clone().upgraded().hold, Some(MoneyHold { since: at, cause: what }));
    order.status = Status::Completed;
    assert_eq!(order.upgraded().hold, None, "that was decided");
}

#[test]
fn a_duplicate_invoice_is_known_by_its_stored_name() {
    let with_duplicate = EARLIER_ORDERS.lines().filter_map(|line| serde_json::from_str::<Order>(line).ok());
    let counts: Vec<usize> = with_duplicate.map(|order| order.duplicate_invoices.len()).collect();
    assert_eq!(counts, [1, 1, 0]);
}

/// Everything below is in columns and bodies of databases: a name changes only with a migration that rewrites it.
const STATUSES: [&str; 11] = [
    "placing",
    "awaiting_payment",
    "paid",
    "authorising",
    "ready",
    "fuelling",
    "completed",
    "canceled",
    "expired",
    "unavailable",
    "failed",
];
const EFFECTS: [&str; 13] = [
    "create_invoice",
    "cancel_invoice",
    "cancel_twins",
    "authorise",
    "withdraw_authorisation",
    "report_end",
    "announce",
    "ship",
    "refund",
    "return_money",
    "return_second_payments",
    "find_duplicates",
    "follow_refunds",
];
const DISCREPANCIES: [&str; 21] = [
    "paid_after_end",
    "paid_twice",
    "twin_invoices",
    "number_taken",
    "payment_reversed",
    "dispensed_more_than_paid",
    "dispensed_less_than_metered",
    "dispensed_after_end",
    "dispensed_unpaid",
    "volume_unreadable",
    "station_gave_up",
    "settled_at_last_reading",
    "release_stands",
    "not_finished",
    "shipment_refused",
    "refund_refused",
    "fuel_after_release",
    "refunded_elsewhere",
    "sum_differs",
    "money_owed",
    "invoice_not_withdrawn",
];

#[test]
fn statuses_keep_their_stored_names() {
    assert_eq!(Status::ALL.map(Status::name), STATUSES);
    assert_names_in_bodies(&Status::ALL, &STATUSES);
}

#[test]
fn effects_keep_their_stored_names() {
    assert_eq!(Effect::ALL.map(Effect::name), EFFECTS);
    assert_eq!(EFFECTS.map(Effect::parse), Effect::ALL.map(Some));
    assert_names_in_bodies(&Effect::ALL, &EFFECTS);
}

#[test]
fn discrepancies_keep_their_stored_names() {
    assert_eq!(Discrepancy::ALL.map(Discrepancy::name), DISCREPANCIES);
    assert_eq!(DISCREPANCIES.map(Discrepancy::parse), Discrepancy::ALL.map(Some));
    assert_names_in_bodies(&Discrepancy::ALL, &DISCREPANCIES);
}

/// Bodies have the same names as columns, and no others.
fn assert_names_in_bodies<T: Serialize + DeserializeOwned>(all: &[T], names: &[&str]) {
    assert_eq!(json!(all), json!(names));
    let error =
        serde_json::from_value::<T>(json!("?")).err().map(|error| error.to_string()).unwrap_or_default();
    let known: Vec<_> = error.split('`').skip(3).step_by(2).collect();
    assert_eq!(known, names, "the names that are read, in the order of the variants");
}

/// What the meter had shown, and that the station had interrupted it, is of the release from now on.
#[test]
fn a_fuelling_of_an_earlier_version_keeps_its_reading() {
    let mut order = earlier_order(Status::Ready);
    order.releases.clear();
    let (at, detail) = (order.placed_at, "авария".to_owned());
    order.discrepancies.push(RecordedDiscrepancy {
        what: Discrepancy::FuellingCancelledByStation,
        at,
        detail,
    });
    order.dispensed = Some(Centi::new(1000));
    let release = |status| {
        let order = Order { status, ..order.clone() }.upgraded();
        order
            .releases
            .first()
            .map(|release| (release.metered, release.dispensed, release.interrupted.is_some()))
    };
    assert_eq!(release(Status::Fuelling), Some((order.dispensed, None, true)));
    assert_eq!(release(Status::Ready), Some((None, None, false)));
    assert_eq!(release(Status::Completed), Some((None, order.dispensed, false)));
}
