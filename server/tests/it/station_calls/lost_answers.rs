//! What may have been carried out is waited for, asked for and never done twice.

use std::time::Duration;

use domain::{id::OrderId, order::Status};
use serde_json::json;

use super::wait_for_pushes;
use test_support::{DatabaseKind, StationServerAnswer, draft, until};

/// Time during which what was sent may still be carried out.
const UNKNOWN_OUTCOME_TIME: Duration = Duration::from_secs(61);

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_taken_prove_that_nothing_was_released() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    station.queue_answers(&[StationServerAnswer::Status(401, "неверный ключ")]);
    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "authorising").await;
    wait_for_pushes(&station, 1).await;
    until("it is sent again, without a minute's wait", || async {
        server.clock.advance(Duration::from_millis(100));
        (station.received_pushes().len() == 2).then_some(())
    })
    .await;
    let pushed = station.received_pushes();
    assert_eq!(pushed[0].body["Id"], pushed[1].body["Id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cancels_a_release_that_did_not_arrive_waits_for_no_station() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    station.queue_answers(&[StationServerAnswer::Status(401, "неверный ключ")]);
    let id = server.place_and_pay(&draft()).await;
    wait_for_pushes(&station, 1).await;
    until("it is known that it did not arrive", || async {
        server.stored(&id).await.has_unsent_release().then_some(())
    })
    .await;
    assert_eq!(server.post("/api/orders/cancel", &json!({ "id": id })).await.0, 200);
    server.wait_for_status(&id, "canceled").await;
    server.wait_until_moved(&id).await;
    assert_eq!(station.statuses(), ["OrderCreated"], "there is nothing to withdraw");
}

/// The answer is lost, in each of the ways in which one can be. The release is not sent again, and a callback decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_waited_out_and_a_callback_decides() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    for lost in [
        StationServerAnswer::Hangs,
        StationServerAnswer::Closes,
        StationServerAnswer::Status(500, ""),
        StationServerAnswer::Status(503, "later"),
        StationServerAnswer::Status(408, ""),
    ] {
        let before = station.received_pushes().len();
        station.queue_answers(std::slice::from_ref(&lost));
        let id = server.place_and_pay(&draft()).await;
        server.wait_for_status(&id, "authorising").await;
        wait_for_pushes(&station, before + 1).await;
        server.wait_until_idle().await;
        server.clock.advance(UNKNOWN_OUTCOME_TIME);
        let order = server.stored(&id).await;
        assert_eq!((order.status, order.settlement.returns.len()), (Status::Authorising, 0), "{lost:?}");
        assert_eq!(station.received_pushes().len(), before + 1, "{lost:?}");
        assert_eq!(server.send_callback(&order, "accept", "").await, 200, "{lost:?}");
        assert_eq!(server.send_callback(&order, "completed", "litre=37.41").await, 200, "{lost:?}");
        until("all is done", || async {
            server.advance_to_next_effect().await;
            (station.received_pushes().len() >= before + 2).then_some(())
        })
        .await;
        assert_eq!(station.statuses()[before..], ["OrderCreated", "Completed"], "{lost:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_may_still_arrive_is_cancelled_once_it_cannot() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    station
        .queue_answers(&[StationServerAnswer::Closes, StationServerAnswer::Status(404, "нет такого заказа")]);
    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "authorising").await;
    wait_for_pushes(&station, 1).await;
    let (orders, order) = (server.orders.clone(), OrderId::parse(&id).unwrap());
    let by = domain::order::machine::Canceller::Customer;
    let canceling = tokio::spawn(async move { orders.cancel.run(order, by).await });
    until("the station was asked to cancel", || async {
        server.clock.advance(Duration::from_millis(100));
        station.statuses().iter().any(|status| status == "UserCanceled").then_some(())
    })
    .await;
    let open = server.stored(&id).await;
    assert!(
        open.cancellation.is_some() && open.settlement.returns.is_empty(),
        "no money before it is certain"
    );
    station.queue_answers(&[StationServerAnswer::Status(404, "нет такого заказа")]);
    server.clock.advance(UNKNOWN_OUTCOME_TIME);
    let view = server.wait_for_status(&id, "canceled").await;
    assert_eq!(view.refund_kopecks, Some(view.total_kopecks));
    canceling.await.unwrap().unwrap();
    assert_eq!(station.statuses().iter().filter(|status| *status == "OrderCreated").count(), 1);
    assert_eq!(server.send_callback(&open, "accept", "").await, 409, "should it come after all");
}
