//! Who starts: the payment where the draft or the network says so and is fresh, the driver or the cashier otherwise.

use std::time::Duration;

use domain::order::{Starter, Status};
use serde_json::json;
use test_support::{
    DatabaseKind, StationServerDouble, TestServer, draft, draft_to_start, fuel_sale, on_both_databases,
};

use super::{count_releases, paid_order, start};

use std::future::ready as with_kind;

on_both_databases! {
    with (with_kind);
    an_order_that_starts_when_paid_does_so_only_soon_after_placing,
    where_the_network_says_so_the_payment_starts_every_order,
    a_draft_may_leave_the_pump_open_unless_the_payment_is_to_start_it,
    a_cashiers_sale_starts_when_paid_soon_and_by_the_cashier_later,
    a_pump_may_be_started_until_its_time_is_over,
    a_busy_pump_is_no_reason_to_refuse_a_draft_and_a_silent_station_is,
    a_driver_may_start_the_order_of_a_cashier,
}

async fn with_station(kind: DatabaseKind, variables: &[(&str, &str)]) -> (TestServer, StationServerDouble) {
    let station = StationServerDouble::open().await;
    let all: Vec<(&str, &str)> = station.variables().into_iter().chain(variables.iter().copied()).collect();
    let server = TestServer::start_with(kind, &all).await;
    server.remove_delays_and_limits().await;
    (server, station)
}

async fn an_order_that_starts_when_paid_does_so_only_soon_after_placing(kind: DatabaseKind) {
    let (server, station) = with_station(kind, &[]).await;
    let soon = server.place_and_pay(&draft()).await;
    station.wait_for_release(1).await;
    assert_eq!(server.stored(&soon).await.releases[0].by, Starter::Payment);
    let placed = server.place_order(&draft()).await;
    server.clock.advance(Duration::from_secs(181));
    server.pay(&placed.payment_url).await;
    server.wait_for_status(&placed.order_id, "paid").await;
    server.wait_until_idle().await;
    assert_eq!(count_releases(&station), 1, "another car may stand there by now");
    server.start_pump(&placed.order_id, 4).await;
    station.wait_for_release(2).await;
}

async fn where_the_network_says_so_the_payment_starts_every_order(kind: DatabaseKind) {
    let (server, station) = with_station(kind, &[("KOLONKA_START", "payment")]).await;
    let id = server.place_and_pay(&draft_to_start()).await;
    station.wait_for_release(1).await;
    assert_eq!(server.stored(&id).await.status, Status::Authorising);
}

async fn a_draft_may_leave_the_pump_open_unless_the_payment_is_to_start_it(kind: DatabaseKind) {
    let (server, station) = with_station(kind, &[]).await;
    let mut open = draft_to_start();
    open["pump"] = json!(null);
    let id = server.place_and_pay(&open).await;
    server.wait_for_status(&id, "paid").await;
    server.start_pump(&id, 4).await;
    station.wait_for_release(1).await;
    let mut when_paid = draft();
    when_paid["pump"] = json!(null);
    let (status, answer) = server.try_place(&when_paid).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("bad_request")), "{answer}");
}

async fn a_cashiers_sale_starts_when_paid_soon_and_by_the_cashier_later(kind: DatabaseKind) {
    let (server, station) = with_station(kind, &[]).await;
    let soon = server.sell(&fuel_sale()).await;
    server.pay(&soon.payment_url).await;
    station.wait_for_release(1).await;
    let late = server.sell(&fuel_sale()).await;
    server.clock.advance(Duration::from_secs(181));
    server.pay(&late.payment_url).await;
    server.wait_for_status(&late.order_id, "paid").await;
    let path = format!("orders/{}/start", late.order_id);
    let (status, view) = server.erp_post(&path, &json!({ "pump": null })).await;
    assert_eq!((status, &view["status"]), (200, &json!("authorising")), "{view}");
    station.wait_for_release(2).await;
    assert_eq!(server.stored(&late.order_id).await.releases[0].by, Starter::Cashier);
}

async fn a_pump_may_be_started_until_its_time_is_over(kind: DatabaseKind) {
    let (server, station) = with_station(kind, &[("KOLONKA_START_TTL_MINUTES", "10080")]).await;
    let id = paid_order(&server).await;
    server.clock.advance(Duration::from_secs(7 * 24 * 3600 - 600));
    server.start_pump(&id, 4).await;
    let release = station.wait_for_release(1).await;
    assert_eq!(server.send_callback_for(&release, "accept", "").await, 200, "on the seventh day");
    let late = paid_order(&server).await;
    server.clock.advance(Duration::from_secs(7 * 24 * 3600 + 1));
    let order = server.wait_until_settled(&late).await;
    assert_eq!((order.status, order.settlement.returned()), (Status::Canceled, order.total));
    assert_eq!(server.order(&late).await.json["reason"], "not_begun");
    assert_eq!(start(&server, &late, 4, order.history_seq()).await.0, 409);
}

/// A sale without a pump, for whoever stands at one later.
async fn a_driver_may_start_the_order_of_a_cashier(kind: DatabaseKind) {
    let (server, station) = with_station(kind, &[]).await;
    let mut sale = fuel_sale();
    sale["pump"] = json!(null);
    let sold = server.sell(&sale).await;
    server.pay(&sold.payment_url).await;
    server.wait_for_status(&sold.order_id, "paid").await;
    server.wait_until_idle().await;
    assert_eq!(count_releases(&station), 0, "nobody has named a pump");
    server.start_pump(&sold.order_id, 4).await;
    station.wait_for_release(1).await;
    assert_eq!(server.stored(&sold.order_id).await.releases[0].by, Starter::Driver);
}

async fn a_busy_pump_is_no_reason_to_refuse_a_draft_and_a_silent_station_is(kind: DatabaseKind) {
    let (server, station) = with_station(kind, &[]).await;
    station.set_ping_answer(Some(test_support::StationServerAnswer::Status(404, "колонка занята")));
    let (status, answer) = server.try_place(&draft_to_start()).await;
    assert_eq!(status, 200, "{answer}");
    station.set_ping_answer(Some(test_support::StationServerAnswer::Closes));
    for pump in [json!(4), json!(null)] {
        let mut draft = draft_to_start();
        draft["pump"] = pump.clone();
        let (status, answer) = server.try_place(&draft).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (502, &json!("forecourt_error")),
            "a silent one is refused, pump {pump}: {answer}"
        );
    }
}
