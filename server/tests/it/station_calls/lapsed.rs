//! Half an hour without a callback from the station: the end of the order and of its release.

use std::time::Duration;

use domain::order::{Discrepancy, Order, Status};
use server::station_link::tanker_push::Reference;

use super::wait_for_pushes;
use test_support::{DatabaseKind, OrderView, StationServerAnswer, TestServer, draft, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_never_accepted_is_withdrawn_and_may_be_started_again() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "authorising").await;
    wait_for_pushes(&station, 1).await;
    server.clock.advance(Duration::from_secs(31 * 60));
    let view = waits_again(&server, &id).await;
    assert!(view.message().contains("АЗС не ответила"), "{view}");
    assert_eq!(station.statuses(), ["OrderCreated", "Expire"]);
    assert!(server.stored(&id).await.settlement.returns.is_empty());
}

/// Waits until the order is paid and may be started again.
async fn waits_again(server: &TestServer, id: &str) -> OrderView {
    until("it waits for another start", || async {
        let view = server.order(id).await;
        (view.status == "paid" && view.json["start"]["reason"].is_string()).then_some(view)
    })
    .await
}

/// Paid, and the pump is released.
async fn ready(server: &TestServer) -> Order {
    let id = server.place_and_pay(&draft()).await;
    let order = server.wait_until_asked(&id).await;
    assert_eq!(server.send_callback(&order, "accept", "").await, 200);
    server.wait_until_idle().await;
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nozzle_that_is_never_lifted_is_withdrawn_and_the_money_returned_when_the_time_is_over() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let order = ready(&server).await;
    let id = order.id.to_string();
    server.clock.advance(Duration::from_secs(31 * 60));
    let view = waits_again(&server, &id).await;
    assert!(view.message().contains("Пистолет не сняли"), "{view}");
    assert_eq!(station.statuses(), ["OrderCreated", "Expire"]);
    assert_eq!(station.received_pushes()[1].body["Reason"], "налив не начат");
    assert_eq!(server.send_callback(&order, "fueling", "").await, 409);
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    let view = server.wait_for_status(&id, "canceled").await;
    assert_eq!((view.refund_kopecks, &view.json["reason"]), (Some(view.total_kopecks), &"not_begun".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_not_withdrawn_keeps_the_money_and_is_recorded_once() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let order = ready(&server).await;
    let id = order.id.to_string();
    station.queue_answers(&[StationServerAnswer::Status(400, "идёт налив")]);
    server.clock.advance(Duration::from_secs(31 * 60));
    let is_recorded = async || {
        let order = server.stored(&id).await;
        order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some().then_some(order)
    };
    let open = until("it is recorded", &is_recorded).await;
    assert_eq!((open.status, open.cancellation, open.settlement.returns.len()), (Status::Ready, None, 0));
    let other = ready(&server).await;
    server.clock.advance(Duration::from_secs(31 * 60));
    // The clock has been looked at: the other release has lapsed.
    waits_again(&server, &other.id.to_string()).await;
    let [first, second] = [&order, &other].map(|order| Reference::of(order, 1).to_string());
    let pushed: Vec<String> =
        station.received_pushes().iter().map(|came| came.body["Id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(pushed, [&*first, &*first, &*second, &*second], "asked once");
    assert_eq!(server.send_callback(&order, "fueling", "").await, 200, "it was right");
    // A silent station is asked until it answers.
    let order = ready(&server).await;
    let id = order.id.to_string();
    station.queue_answers(&vec![StationServerAnswer::Status(500, ""); 7]);
    server.clock.advance(Duration::from_secs(31 * 60));
    let is_recorded = async || {
        server.clock.advance(Duration::from_secs(20));
        let order = server.stored(&id).await;
        order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some().then_some(order)
    };
    let open = until("it is recorded, too", &is_recorded).await;
    assert!(
        open.settlement.returns.is_empty() && open.cancellation.is_some(),
        "no money before it is certain"
    );
    until("it is withdrawn in the end", || async {
        server.clock.advance(Duration::from_secs(60));
        let order = server.stored(&id).await;
        let is_withdrawn = order.open_release().is_none() && order.discrepancies.is_empty();
        is_withdrawn.then_some(())
    })
    .await;
}
