//! Starts that age, releases that nobody answers, and fuel under a release that has ended.

use std::time::Duration;

use domain::order::{Order, Status};
use serde_json::json;
use test_support::{
    StationServerAnswer, StationServerCall, TestServer, on_both_databases, start_with_station_double, until,
};

use super::{Started, count_releases, paid_order, start, wait_for_another_start};

on_both_databases! {
    with (start_with_station_double);
    a_start_that_could_not_be_sent_within_a_minute_asks_again,
    nothing_begins_before_the_station_was_asked,
    a_release_without_an_answer_stays_until_its_withdrawal_is_confirmed,
    a_withdrawal_that_is_not_confirmed_holds_the_money_and_shows_it,
    a_closed_order_whose_release_is_not_withdrawn_is_shown_after_ten_minutes,
    a_release_that_never_arrived_keeps_no_money_of_a_closed_order,
    an_ended_release_is_refused_its_start_and_its_fuel_holds_everything,
    late_fuel_of_a_cancelled_order_keeps_what_has_not_left,
}

const AFTER_STATION_SILENCE: Duration = Duration::from_secs(31 * 60);

async fn wait_for(server: &TestServer, id: &str, what: &str, is_so: impl Fn(&Order) -> bool) -> Order {
    until(what, || async { Some(server.stored(id).await).filter(|order| is_so(order)) }).await
}

/// Moves the clock until the order satisfies a condition.
async fn advance_until(server: &TestServer, id: &str, what: &str, is_so: impl Fn(&Order) -> bool) -> Order {
    until(what, || async {
        server.clock.advance(Duration::from_secs(20));
        Some(server.stored(id).await).filter(|order| is_so(order))
    })
    .await
}

async fn a_start_that_could_not_be_sent_within_a_minute_asks_again((server, station): Started) {
    let id = paid_order(&server).await;
    // It answers the press, and is gone before the release.
    server.start_pump(&id, 4).await;
    station.set_ping_answer(Some(StationServerAnswer::Closes));
    station.set_answer_to(StationServerCall::OrderCreated, Some(StationServerAnswer::Status(401, "")));
    let order = advance_until(&server, &id, "it asks again", |order| order.status == Status::Paid).await;
    assert_eq!(order.tries(), 0, "the station never had it");
    station.set_answer_to(StationServerCall::OrderCreated, None);
    station.set_ping_answer(None);
    server.clock.advance(Duration::from_secs(600));
    server.wait_until_idle().await;
    assert!(server.stored(&id).await.open_release().is_none(), "nobody may stand there any more");
    assert!(server.order(&id).await.json["start"]["allowed"].as_bool().unwrap());
}

async fn nothing_begins_before_the_station_was_asked((server, station): Started) {
    let id = paid_order(&server).await;
    // It answers the press, and not the look before the release.
    station.queue_answers_to(StationServerCall::Ping, &[StationServerAnswer::Status(200, "")]);
    station.set_ping_answer(Some(StationServerAnswer::Status(500, "")));
    server.start_pump(&id, 4).await;
    let order =
        wait_for(&server, &id, "its pump was started", |order| order.status == Status::Authorising).await;
    for call in ["accept", "fueling"] {
        assert_eq!(server.send_callback(&order, call, "").await, 409, "{call}");
    }
    assert_eq!(server.stored(&id).await.status, Status::Authorising);
    station.set_ping_answer(None);
    until("it is sent", || async {
        server.advance_to_next_effect().await;
        server.stored(&id).await.has_sent_release().then_some(())
    })
    .await;
    let release = station.wait_for_release(1).await;
    assert_eq!(server.send_callback_for(&release, "accept", "").await, 200);
}

async fn a_release_without_an_answer_stays_until_its_withdrawal_is_confirmed((server, station): Started) {
    let id = paid_order(&server).await;
    station.queue_answers_to(StationServerCall::OrderCreated, &[StationServerAnswer::Closes]);
    server.start_pump(&id, 4).await;
    let release = station.wait_for_release(1).await;
    server.clock.advance(Duration::from_secs(29 * 60));
    server.wait_until_idle().await;
    assert_eq!(server.stored(&id).await.status, Status::Authorising, "its outcome is unknown");
    assert_eq!(count_releases(&station), 1, "and it is sent once");
    server.clock.advance(AFTER_STATION_SILENCE);
    station.wait_for_call(&release, StationServerCall::Expire).await;
    let order = wait_for_another_start(&server, &id, 1).await;
    assert!(order.settlement.returns.is_empty(), "the money waits for another start, or its end");
}

async fn a_withdrawal_that_is_not_confirmed_holds_the_money_and_shows_it((server, station): Started) {
    let id = paid_order(&server).await;
    server.start_pump(&id, 4).await;
    let release = station.wait_for_release(1).await;
    assert_eq!(server.send_callback_for(&release, "accept", "").await, 200);
    station.set_answer_to(StationServerCall::Expire, Some(StationServerAnswer::Closes));
    station.set_answer_to(StationServerCall::UserCanceled, Some(StationServerAnswer::Closes));
    server.clock.advance(AFTER_STATION_SILENCE);
    let shown = |order: &Order| order.discrepancies.iter().any(|one| one.what.name() == "release_stands");
    let order = advance_until(&server, &id, "an operator sees it", shown).await;
    assert_eq!((order.status, order.settlement.returns.len()), (Status::Ready, 0));
    // The customer who cancels meanwhile gets no money for a pump that may give fuel.
    let (_, _) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    server.clock.advance(AFTER_STATION_SILENCE);
    let order = server.stored(&id).await;
    assert!(order.settlement.returns.is_empty() && order.status == Status::Ready);
    station.set_answer_to(StationServerCall::UserCanceled, None);
    advance_until(&server, &id, "it is withdrawn", |order| order.status == Status::Canceled).await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!(order.settlement.returned(), order.total);
    assert!(order.discrepancies.is_empty(), "it closes itself: {:?}", order.discrepancies);
}

/// Its answer was lost, its refusals prove nothing, and the pump is taken: the money waits, and not in silence.
async fn a_closed_order_whose_release_is_not_withdrawn_is_shown_after_ten_minutes(
    (server, station): Started,
) {
    let id = paid_order(&server).await;
    server.start_pump(&id, 4).await;
    let release = station.wait_for_release(1).await;
    assert_eq!(server.send_callback_for(&release, "accept", "").await, 200);
    station.queue_answers_to(StationServerCall::UserCanceled, &[StationServerAnswer::Closes]);
    station.set_answer_to(StationServerCall::UserCanceled, Some(StationServerAnswer::Status(404, "")));
    station.set_ping_answer_at(4, Some(StationServerAnswer::Status(409, "")));
    let body = json!({ "dispensed_centi": 950 });
    assert_eq!(server.erp_post(&format!("orders/{id}/complete"), &body).await.0, 200);
    let closed = server.clock.now();
    let order = wait_for(&server, &id, "it is held", |order| order.hold.is_some()).await;
    assert!(order.discrepancies.is_empty(), "{:?}", order.discrepancies);
    let shown = |order: &Order| order.discrepancies.iter().any(|one| one.what.name() == "release_stands");
    // Slowly: the time of a look counts.
    until("an operator sees it", || async {
        server.clock.advance(Duration::from_secs(2));
        Some(server.stored(&id).await).filter(|order| shown(order))
    })
    .await;
    let after = server.clock.now() - closed;
    assert!((9.0..13.0).contains(&(after.as_seconds_f64() / 60.0)), "after {after}");
}

async fn a_release_that_never_arrived_keeps_no_money_of_a_closed_order((server, station): Started) {
    let id = paid_order(&server).await;
    station.queue_answers_to(StationServerCall::OrderCreated, &[StationServerAnswer::Closes]);
    let unknown = StationServerAnswer::Status(404, "нет такого заказа");
    for call in
        [StationServerCall::UserCanceled, StationServerCall::StationCanceled, StationServerCall::Expire]
    {
        station.set_answer_to(call, Some(unknown.clone()));
    }
    server.start_pump(&id, 4).await;
    station.wait_for_release(1).await;
    server.wait_until_idle().await;
    // The cashier has fuelled by hand.
    let path = format!("orders/{id}/complete");
    assert_eq!(server.erp_post(&path, &json!({ "dispensed_centi": 950 })).await.0, 200);
    let order =
        advance_until(&server, &id, "the pump is known to be free", |order| order.hold.is_none()).await;
    assert!(order.discrepancies.is_empty(), "{:?}", order.discrepancies);
    assert!(server.wait_until_settled(&id).await.is_shipped());
}

async fn an_ended_release_is_refused_its_start_and_its_fuel_holds_everything((server, station): Started) {
    let id = paid_order(&server).await;
    server.start_pump(&id, 4).await;
    let first = station.wait_for_release(1).await;
    assert_eq!(server.send_callback_for(&first, "canceled", "").await, 200);
    wait_for_another_start(&server, &id, 1).await;
    for call in ["accept", "fueling"] {
        assert_eq!(server.send_callback_for(&first, call, "").await, 409, "{call}");
    }
    assert_eq!(server.send_callback_for(&first, "volume", "litre=3.00").await, 200);
    let held = wait_for(&server, &id, "it is held", |order| order.hold.is_some()).await;
    let (status, answer) = start(&server, &id, 4, held.history_seq()).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("order_not_startable")), "{answer}");
    let (status, answer) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("order_not_cancelable")), "{answer}");
    server.clock.advance(Duration::from_secs(3 * 3600));
    server.wait_until_idle().await;
    assert_eq!(server.stored(&id).await.status, Status::Paid, "no clock moves uncertain money");
    assert_eq!(server.send_callback_for(&first, "completed", "litre=9.50").await, 200, "always");
    let path = format!("orders/{id}/complete");
    let (status, view) = server.erp_post(&path, &json!({ "dispensed_centi": 950 })).await;
    assert_eq!((status, &view["status"]), (200, &json!("completed")), "a manager decides: {view}");
    let order = server.wait_until_settled(&id).await;
    assert_eq!((order.hold, order.is_shipped()), (None, true));
}

async fn late_fuel_of_a_cancelled_order_keeps_what_has_not_left((server, station): Started) {
    let id = paid_order(&server).await;
    server.start_pump(&id, 4).await;
    let release = station.wait_for_release(1).await;
    assert_eq!(server.send_callback_for(&release, "accept", "").await, 200);
    for route in ["cancel", "refund"] {
        server.fail_always(route, "429").await;
    }
    let (status, _) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!(status, 200);
    assert_eq!(server.send_callback_for(&release, "completed", "litre=9.50").await, 200);
    let names = server.discrepancy_names().await;
    assert!(names.contains(&"dispensed_after_end".to_owned()), "{names:?}");
    server.fail_no_more().await;
    server.clock.advance(Duration::from_secs(3600));
    server.wait_until_idle().await;
    assert!(server.stored(&id).await.hold.is_some() && server.refunds().await.is_empty(), "it waits");
    // A manager says that it was given: that is charged, and the rest goes back.
    let path = format!("orders/{id}/complete");
    assert_eq!(server.erp_post(&path, &json!({ "dispensed_centi": 950 })).await.0, 200);
    let order = server.wait_until_settled(&id).await;
    let kept = order.final_total().unwrap();
    assert_eq!(server.refunded_sums().await, [order.total.get() - kept.get()]);
    assert!(kept.get() > 0 && order.is_shipped());
}
