//! Calls to the station server: what is pushed, when again, and when never again.

mod lapsed;
mod lost_answers;

use serde_json::json;
use server::station_link::tanker_push::Reference;

use test_support::{
    DatabaseKind, StationServerAnswer, StationServerDouble, TestServer, draft, draft_to_start, until,
};

async fn wait_for_pushes(station: &StationServerDouble, count: usize) {
    until(&format!("{count} pushes"), || async { (station.received_pushes().len() >= count).then_some(()) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_pushed_once_and_its_end_once() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "authorising").await;
    wait_for_pushes(&station, 1).await;
    let order = server.stored(&id).await;
    for (call, fields) in
        [("accept", ""), ("fueling", ""), ("volume", "litre=9"), ("completed", "litre=18,70")]
    {
        assert_eq!(server.send_callback(&order, call, fields).await, 200, "{call}");
    }
    server.wait_until_idle().await;
    let [created, completed] = &station.received_pushes()[..] else { panic!("{:?}", station.statuses()) };
    assert_eq!(created.query, "apikey=sandbox-station-key");
    assert_eq!(created.system_key.as_deref(), Some("our-system-key"));
    let reference = Reference::of(&order, 1).to_string();
    let expected = json!({
        "Id": reference, "OrderType": "Liters", "StationId": "sever-12", "ColumnId": 4, "FuelId": "diesel_winter",
        "Status": "OrderCreated", "ContractId": "Corporation",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(created.body[name], *value, "{name}");
    }
    for (name, digits) in [
        ("Litre", "37.41"),
        ("OrderVolume", "37.41"),
        ("PriceFuel", "74.35"),
        ("Sum", "2781.43"),
        ("SumPaid", "2781.43"),
    ] {
        assert_eq!(created.body[name].to_string(), digits, "{name}");
    }
    assert!(!created.body.to_string().contains(&id), "the secret id stays here");
    assert_eq!((&completed.body["Status"], &completed.body["Id"]), (&json!("Completed"), &json!(reference)));
    assert_eq!(completed.body["LitreCompleted"].to_string(), "18.7");
    assert_eq!(completed.body["SumPaidCompleted"].to_string(), "1390.35");
    assert_eq!(station.pings().len(), 2, "before the payment screen and before the release");
    assert_eq!(station.pings()[0], "apikey=sandbox-station-key&stationId=sever-12&columnId=4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_shows_the_stations_reason_and_leaves_the_money_for_another_try() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let refusals = [
        (404, r#"{"Message":"колонка снята с линии"}"#, "колонка снята с линии"),
        (400, "<html>Bad Request</html>", "не включила колонку"),
    ];
    for (status, reason, shown) in refusals {
        station.queue_answers(&[StationServerAnswer::Status(status, reason)]);
        let id = server.place_and_pay(&draft()).await;
        let view = until("the refusal is shown", || async {
            let view = server.order(&id).await;
            (view.json["start"]["tries_left"] == 4).then_some(view)
        })
        .await;
        assert!(view.status == "paid" && view.message().contains(shown), "{view}");
        assert!(server.stored(&id).await.settlement.returns.is_empty());
    }
    station.queue_answers(&[StationServerAnswer::Status(402, "цена изменилась")]);
    let id = server.place_and_pay(&draft()).await;
    let view = server.wait_for_status(&id, "unavailable").await;
    let message = view.message();
    assert!(message.contains("цена изменилась") && message.contains("Инвойсбокс вернёт"), "{message}");
    assert_eq!(view.refund_kopecks, Some(view.total_kopecks));
    server.wait_until_idle().await;
    assert_eq!(station.statuses(), ["OrderCreated"; 3], "what it has refused need not be reported to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pump_taken_before_the_release_is_not_requested() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let placed = server.place_order(&draft()).await;
    station.set_ping_answer(Some(StationServerAnswer::Status(404, "")));
    server.pay(&placed.payment_url).await;
    let view = until("the start comes to nothing", || async {
        let view = server.order(&placed.order_id).await;
        view.json["start"]["reason"].is_string().then_some(view)
    })
    .await;
    assert!(view.status == "paid" && view.message().contains("она занята или отключена"), "{view}");
    assert!(station.received_pushes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_is_silent_before_the_release_is_asked_again_for_a_minute() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let placed = server.place_order(&draft()).await;
    station.set_ping_answer(Some(StationServerAnswer::Status(500, "")));
    server.pay(&placed.payment_url).await;
    server.wait_for_status(&placed.order_id, "authorising").await;
    until("it is asked again", || async {
        server.advance_to_next_effect().await;
        (station.pings().len() > 3).then_some(())
    })
    .await;
    assert!(station.received_pushes().is_empty(), "nothing is released at a station that does not answer");
    station.set_ping_answer(None);
    until("it is asked", || async {
        server.advance_to_next_effect().await;
        (!station.received_pushes().is_empty()).then_some(())
    })
    .await;
    wait_for_pushes(&station, 1).await;
}

/// The end is reported again until the station accepts it, and neither shipment nor refund wait for that.
#[tokio::test(flavor = "multi_thread")]
async fn an_undelivered_end_is_reported_again_and_blocks_nothing() {
    let (server, station) = test_support::start_with_station_double(DatabaseKind::Sqlite).await;
    let id = server.place_and_pay(&draft()).await;
    server.wait_for_status(&id, "authorising").await;
    wait_for_pushes(&station, 1).await;
    station.queue_answers(&[StationServerAnswer::Status(500, ""), StationServerAnswer::Status(500, "")]);
    let order = server.stored(&id).await;
    assert_eq!(server.send_callback(&order, "completed", "litre=18,70").await, 200);
    until("shipped and refunded", || async {
        let order = server.stored(&id).await;
        (order.is_shipped() && order.settlement.pending_returns().count() == 0).then_some(())
    })
    .await;
    until("the end is accepted", || async {
        server.advance_to_next_effect().await;
        (station.received_pushes().len() == 4).then_some(())
    })
    .await;
    server.wait_until_idle().await;
    assert_eq!(station.statuses()[1..], ["Completed", "Completed", "Completed"]);
}

/// Orders of one station, more than the lane used to allow at once for all stations together.
const WAITING_ORDERS: usize = 34;

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_does_not_answer_delays_no_other_station() {
    let station = StationServerDouble::open().await;
    let mut variables = station.variables().to_vec();
    variables.push(("KOLONKA_TANKER_TIMEOUT_S", "30"));
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    server.remove_delays_and_limits().await;
    // Nothing is paid yet, and one after another: only so many invoices are made at a time.
    let mut waiting = Vec::new();
    for _ in 0..WAITING_ORDERS {
        waiting.push(server.place_order(&draft_to_start()).await);
    }
    let mut elsewhere = draft();
    elsewhere["station_id"] = json!("sever-1");
    elsewhere["pump"] = json!(1);
    elsewhere["fuel"] = json!({ "id": "a95", "by": "volume", "volume_centi": 3000, "amount_kopecks": null });
    elsewhere["expected_total_kopecks"] = json!(214_650);
    let placed = server.place_order(&elsewhere).await;
    futures::future::join_all(waiting.iter().map(async |order| {
        server.pay(&order.payment_url).await;
        server.wait_for_status(&order.order_id, "paid").await;
    }))
    .await;
    // The time of a silent call begins here: what takes long is done.
    station.queue_answers(&vec![StationServerAnswer::Hangs; WAITING_ORDERS * 2]);
    let starts = waiting.iter().map(|order| server.start_pump(&order.order_id, 4));
    futures::future::join_all(starts).await;
    wait_for_pushes(&station, 2).await;
    server.pay(&placed.payment_url).await;
    let asked_at =
        |name: &str| station.received_pushes().iter().filter(|came| came.body["StationId"] == *name).count();
    until("the other station is asked", || async { (asked_at("sever-1") == 1).then_some(()) }).await;
    // A silent call that had been given up would have made way for the next order of its station.
    assert_eq!(
        station.received_pushes()[2].body["StationId"],
        "sever-1",
        "while the silent calls are at work"
    );
    assert_eq!(asked_at("sever-12"), 2, "the silent station has two places");
    let mut still = 0;
    for order in &waiting {
        let order = server.stored(&order.order_id).await;
        still += usize::from(order.open_release().is_some_and(|release| release.sent_at.is_none()));
    }
    assert_eq!(still, WAITING_ORDERS - 2, "the others wait for a place of their station");
}
