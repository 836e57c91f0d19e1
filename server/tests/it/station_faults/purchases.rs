//! Every fault of the simulated station once, through a purchase: the order comes to its right end, and so does the money.

use std::{cell::Cell, time::Duration};

use domain::{
    money::Kopecks,
    order::{Discrepancy, Order, Status},
    quantity::Centi,
};
use futures::{StreamExt, stream};
use sandbox::station::StationFault;
use serde_json::{Value, json};

use super::{HALF_CENTI, set};
use test_support::{DatabaseKind, TestServer, draft, until};

/// Purchases played at a time, each with a server of its own.
const CONCURRENT_PURCHASES: usize = 5;
/// Looks at a release that goes no further, after which the clock runs faster: half an hour has to pass.
const PATIENT_LOOKS: u32 = 50;
/// 37.41 l, as ordered.
const ORDERED_CENTI: i64 = 3741;

/// Whoever brings a purchase to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndedBy {
    /// Nobody has to: this much was dispensed.
    Station(i64),
    /// The refusal of a price is final.
    Refusal,
    /// The driver, who does not try again.
    Driver,
    /// A manager, who reads the meter of uncertain fuel.
    Manager(Discrepancy),
    /// The driver, who cancels before lifting the nozzle.
    Cancellation,
    /// The driver, who wants to cancel before lifting the nozzle, may not, and fuels.
    RefusedCancellation,
}

const CASES: [(StationFault, EndedBy); 28] = [
    (StationFault::None, EndedBy::Station(ORDERED_CENTI)),
    (StationFault::Busy, EndedBy::Driver),
    (StationFault::PingRefused, EndedBy::Driver),
    (StationFault::ReleaseRefused, EndedBy::Driver),
    (StationFault::Price, EndedBy::Refusal),
    (StationFault::Silence, EndedBy::Driver),
    (StationFault::ReleaseHangs, EndedBy::Driver),
    (StationFault::OrderLost, EndedBy::Driver),
    (StationFault::AnswerLost, EndedBy::Station(ORDERED_CENTI)),
    (StationFault::Answer503, EndedBy::Station(ORDERED_CENTI)),
    (StationFault::AnswerHangs, EndedBy::Station(ORDERED_CENTI)),
    (StationFault::Refuse, EndedBy::Driver),
    (StationFault::CancelBeforeFuel, EndedBy::Driver),
    (StationFault::ReleaseSilent, EndedBy::Driver),
    (StationFault::Late, EndedBy::Station(ORDERED_CENTI)),
    (StationFault::NozzleNotLifted, EndedBy::Driver),
    (StationFault::Partial, EndedBy::Station(HALF_CENTI)),
    (StationFault::Zero, EndedBy::Station(0)),
    (StationFault::Duplicate, EndedBy::Station(ORDERED_CENTI)),
    (StationFault::CancelAfterFuel, EndedBy::Manager(Discrepancy::FuellingCancelledByStation)),
    (StationFault::CompletedAfterCancel, EndedBy::Station(ORDERED_CENTI)),
    (StationFault::ZeroAfterMeter, EndedBy::Manager(Discrepancy::DispensedLessThanMetered)),
    (StationFault::VolumeUnreadable, EndedBy::Manager(Discrepancy::VolumeUnreadable)),
    (StationFault::WithdrawalRefused, EndedBy::RefusedCancellation),
    (StationFault::WithdrawalAnswerLost, EndedBy::Cancellation),
    (StationFault::AcceptAfterWithdrawal, EndedBy::Driver),
    (StationFault::FuelAfterCancel, EndedBy::Manager(Discrepancy::DispensedAfterEnd)),
    (StationFault::FuelAfterWithdrawal, EndedBy::Manager(Discrepancy::DispensedAfterEnd)),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_under_each_fault_ends_right() {
    assert_eq!(CASES.map(|(fault, _)| fault), StationFault::ALL);
    let purchases = stream::iter(CASES).map(|(fault, by)| play_purchase(fault, by));
    purchases.buffer_unordered(CONCURRENT_PURCHASES).collect::<()>().await;
}

async fn play_purchase(fault: StationFault, by: EndedBy) {
    let variables = [("KOLONKA_SIMULATOR_SPEED", "20"), ("KOLONKA_TANKER_TIMEOUT_S", "2")];
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    server.remove_delays_and_limits().await;
    let placed = server.place_order(&draft()).await;
    set(&server, fault.name()).await;
    if matches!(by, EndedBy::Cancellation | EndedBy::RefusedCancellation) {
        hold(&server, "nozzle").await;
    }
    server.pay(&placed.payment_url).await;
    let (looks, decided) = (Cell::new(0), Cell::new(None));
    let order = until(&format!("{fault:?} ends"), || async {
        looks.set(looks.get() + 1);
        let order = server.stored(&placed.order_id).await;
        let is_settled = order.status.is_final() && order.money_under_way().next().is_none();
        if is_settled && order.hold.is_none() {
            return Some(order);
        }
        act(&server, &order, by, &decided).await;
        server.clock.advance(step(&order, fault, looks.get()));
        None
    })
    .await;
    let (status, volume) = match by {
        EndedBy::Station(centi) => (Status::Completed, Some(centi)),
        EndedBy::Refusal => (Status::Unavailable, None),
        EndedBy::Driver | EndedBy::Cancellation => (Status::Canceled, None),
        EndedBy::Manager(_) | EndedBy::RefusedCancellation => (Status::Completed, decided.get()),
    };
    assert_eq!((order.status, order.dispensed.map(Centi::get)), (status, volume), "{fault:?}");
    assert_eq!(order.discrepancies, [], "{fault:?}");
    let kept = order.final_total().unwrap_or(Kopecks::ZERO);
    let worth = (volume.unwrap_or_default() * 7435 + 50) / 100;
    assert_eq!(kept.get(), worth, "{fault:?}");
    assert_eq!(kept + order.settlement.returned(), order.total, "{fault:?}");
    assert_eq!(order.is_shipped(), worth > 0, "{fault:?}");
    let at_invoicebox: i64 = server.refunded_sums().await.iter().sum();
    let is_returned_there = at_invoicebox == order.settlement.returned().get() || worth == 0;
    assert!(is_returned_there, "{fault:?}: {at_invoicebox} of {:?}", order.settlement.returned());
}

async fn hold(server: &TestServer, point: &str) {
    server.control(json!({ "forecourt": { "hold": point } })).await;
}

/// Time until the next look. A start must not age before it is sent, unless the station is to be silent for so long.
fn step(order: &Order, fault: StationFault, looks: u32) -> Duration {
    let is_waiting = order.has_sent_release() && order.status != Status::Fuelling;
    match order.has_unsent_release() {
        true if fault != StationFault::Silence => Duration::ZERO,
        _ if is_waiting && looks > PATIENT_LOOKS => Duration::from_secs(30),
        _ => Duration::from_secs(1),
    }
}

async fn cancel(server: &TestServer, order: &Order) -> (u16, Value) {
    server.post("/api/orders/cancel", &json!({ "id": order.id.to_string() })).await
}

/// Does what people do where the order goes no further by itself.
async fn act(server: &TestServer, order: &Order, by: EndedBy, decided: &Cell<Option<i64>>) {
    let path = format!("orders/{}/complete", order.id);
    let release = order.releases.last();
    match by {
        EndedBy::Driver if order.start_reason.is_some() && order.status == Status::Paid => {
            let (status, answer) = cancel(server, order).await;
            assert_eq!(status, 200, "{answer}");
        }
        EndedBy::Manager(what) if decided.get().is_none() && order.discrepancy(what).is_some() => {
            let metered = release.and_then(|it| it.metered.max(it.dispensed)).unwrap();
            let (status, view) = server.erp_post(&path, &json!({ "dispensed_centi": metered.get() })).await;
            assert_eq!((status, &view["status"]), (200, &json!("completed")), "{view}");
            decided.set(Some(metered.get()));
        }
        EndedBy::Cancellation | EndedBy::RefusedCancellation
            if decided.get().is_none() && order.status == Status::Ready =>
        {
            let (status, answer) = cancel(server, order).await;
            assert_eq!(status, if by == EndedBy::Cancellation { 200 } else { 409 }, "{answer}");
            hold(server, "none").await;
            decided.set(Some(ORDERED_CENTI));
        }
        _ => {}
    }
}
