//! How long an order waits: by the station's last sign, whatever else is done with it, and whatever the clock was.

use std::time::Duration;

use domain::order::{Discrepancy, Order, Status};
use serde_json::json;
use test_support::{
    StationServerAnswer, StationServerCall, StationServerDouble, TestServer, draft_to_start,
    on_both_databases, start_with_station_double, until,
};

use super::{Started, wait_for_another_start};

on_both_databases! {
    with (start_with_station_double);
    goods_that_are_handed_over_prolong_no_silence,
    a_release_of_a_clock_that_was_ahead_is_withdrawn_when_the_clock_is_right,
    a_withdrawal_of_a_clock_that_was_ahead_is_reported_when_the_clock_is_right,
    a_settled_discrepancy_comes_again_after_as_much_time,
}

const MINUTE: Duration = Duration::from_secs(60);
/// By which the clock was ahead.
const HOURS_AHEAD: Duration = Duration::from_secs(26 * 3600);

/// Fuel and a bottle of washer fluid, accepted by the station. Returns the ids of order and release.
async fn accepted(server: &TestServer, station: &StationServerDouble) -> (String, String) {
    let mut draft = draft_to_start();
    draft["items"] = json!([{ "sku": "washer-20", "count": 1 }]);
    draft["expected_total_kopecks"] = json!(test_support::DRAFT_TOTAL_KOPECKS + 45_000);
    let id = server.place_and_pay(&draft).await;
    server.wait_for_status(&id, "paid").await;
    server.start_pump(&id, 4).await;
    let release = station.wait_for_release(1).await;
    assert_eq!(server.send_callback_for(&release, "accept", "").await, 200);
    server.wait_for_status(&id, "ready").await;
    (id, release)
}

async fn goods_that_are_handed_over_prolong_no_silence((server, station): Started) {
    let (id, release) = accepted(&server, &station).await;
    server.clock.advance(20 * MINUTE);
    let path = format!("orders/{id}/complete");
    let items = json!({ "items": [{ "line": 2, "quantity_centi": 100 }] });
    let (status, view) = server.erp_post(&path, &items).await;
    assert_eq!((status, &view["status"]), (200, &json!("ready")), "{view}");
    server.clock.advance(11 * MINUTE);
    station.wait_for_call(&release, StationServerCall::Expire).await;
    wait_for_another_start(&server, &id, 1).await;
}

/// An instance whose clock is right, beside the one whose clock is ahead.
async fn with_the_right_clock(server: &TestServer, station: &StationServerDouble) -> TestServer {
    let right = server.another_instance_with(&station.variables()).await;
    assert!(right.clock.now() + HOURS_AHEAD / 2 < server.clock.now());
    right
}

async fn a_release_of_a_clock_that_was_ahead_is_withdrawn_when_the_clock_is_right(
    (server, station): Started,
) {
    server.clock.advance(HOURS_AHEAD);
    let (id, release) = accepted(&server, &station).await;
    let right = with_the_right_clock(&server, &station).await;
    station.wait_for_call(&release, StationServerCall::Expire).await;
    wait_for_another_start(&right, &id, 1).await;
}

async fn a_withdrawal_of_a_clock_that_was_ahead_is_reported_when_the_clock_is_right(
    (server, station): Started,
) {
    server.clock.advance(HOURS_AHEAD);
    let (id, release) = accepted(&server, &station).await;
    station.set_answer_to(StationServerCall::UserCanceled, Some(StationServerAnswer::Closes));
    let _ = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    station.wait_for_call(&release, StationServerCall::UserCanceled).await;
    let right = with_the_right_clock(&server, &station).await;
    let shown = until("an operator sees it", || async {
        Some(right.stored(&id).await).filter(is_release_not_withdrawn)
    })
    .await;
    assert_eq!((shown.status, shown.settlement.returns.len()), (Status::Ready, 0));
}

async fn a_settled_discrepancy_comes_again_after_as_much_time((server, station): Started) {
    let (id, _) = accepted(&server, &station).await;
    station.set_answer_to(StationServerCall::Expire, Some(StationServerAnswer::Status(400, "идёт налив")));
    server.clock.advance(31 * MINUTE);
    let order = until("an operator sees it", || async {
        Some(server.stored(&id).await).filter(is_release_not_withdrawn)
    })
    .await;
    assert!(server.settle(order.number, Discrepancy::ReleaseNotWithdrawn, "смотрели").await);
    server.clock.advance(20 * MINUTE);
    // The clock has been looked at: another order has lapsed.
    server.wait_until_idle().await;
    assert!(!is_release_not_withdrawn(&server.stored(&id).await), "it was dealt with a moment ago");
    server.clock.advance(11 * MINUTE);
    until("it is shown again", || async { Some(server.stored(&id).await).filter(is_release_not_withdrawn) })
        .await;
}

fn is_release_not_withdrawn(order: &Order) -> bool {
    order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some()
}
