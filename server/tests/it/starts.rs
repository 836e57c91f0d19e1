//! The driver starts the pump: when, which one, how often, and what a start that comes to nothing leaves behind.

mod by_hand;
mod ends;
mod link;
mod payments;
mod rules;
mod silence;
mod stations;

use domain::order::{Order, Status};
use serde_json::{Value, json};
use test_support::{
    StationServerAnswer, StationServerDouble, TestServer, draft_to_start, on_both_databases,
    start_with_station_double, until,
};

/// A server, and the station server of its pumps.
type Started = (TestServer, StationServerDouble);

on_both_databases! {
    with (start_with_station_double);
    the_payment_releases_no_pump_and_the_driver_does,
    another_pump_than_was_ordered_may_be_started,
    a_pump_without_the_grade_and_one_that_is_not_there_are_refused,
    a_repeated_press_is_the_same_start_and_a_delayed_one_starts_nothing,
    an_unpaid_ended_or_unknown_order_cannot_be_started,
    a_refused_pump_leaves_the_order_paid_and_another_may_be_started,
    five_tries_that_came_to_nothing_return_the_money,
    a_refused_price_ends_the_order,
    of_a_start_and_a_cancellation_at_once_one_wins,
}

/// Starts a pump by the page's call. Returns status and answer.
async fn start(server: &TestServer, id: &str, pump: u16, seq: u32) -> (u16, Value) {
    server.post("/api/orders/start", &json!({ "id": id, "pump": pump, "seq": seq })).await
}

/// Paid, with nobody at the pump yet.
async fn paid_order(server: &TestServer) -> String {
    let id = server.place_and_pay(&draft_to_start()).await;
    server.wait_for_status(&id, "paid").await;
    server.wait_until_idle().await;
    id
}

/// Waits until the order is paid and waits for another start.
async fn wait_for_another_start(server: &TestServer, id: &str, tries: usize) -> Order {
    until("it waits for another start", || async {
        let order = server.stored(id).await;
        (order.status == Status::Paid && order.tries() == tries).then_some(order)
    })
    .await
}

fn count_releases(station: &StationServerDouble) -> usize {
    station.release_ids().len()
}

async fn the_payment_releases_no_pump_and_the_driver_does((server, station): Started) {
    let id = paid_order(&server).await;
    assert_eq!(count_releases(&station), 0, "whoever pays is often not whoever drives");
    let view = server.order(&id).await.json;
    assert_eq!(
        (&view["start"]["allowed"], &view["start"]["tries_left"]),
        (&json!(true), &json!(5)),
        "{view}"
    );
    assert!(view["start"]["until"].is_string(), "{view}");
    let started = server.start_pump(&id, 4).await;
    assert_eq!(started["status"], "authorising", "{started}");
    let release = station.wait_for_release(1).await;
    let order = server.stored(&id).await;
    for (call, fields) in [("accept", ""), ("fueling", ""), ("completed", "litre=18.70")] {
        assert_eq!(server.send_callback_for(&release, call, fields).await, 200, "{call}");
    }
    let order = server.wait_until_settled(&order.id.to_string()).await;
    assert_eq!((order.status, order.releases.len()), (Status::Completed, 1));
    assert!(server.discrepancies().await.is_empty());
}

async fn another_pump_than_was_ordered_may_be_started((server, station): Started) {
    let id = paid_order(&server).await;
    station.set_ping_answer_at(4, Some(StationServerAnswer::Status(404, "колонка занята")));
    let seq = server.stored(&id).await.history_seq();
    let (status, answer) = start(&server, &id, 4, seq).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("pump_unavailable")), "{answer}");
    let other = other_pump(&server, 4).await;
    let view = server.start_pump(&id, other).await;
    assert_eq!(view["pump"], json!(other));
    station.wait_for_release(1).await;
    assert_eq!(u64::from(other), station.received_pushes()[0].pump());
}

/// Another pump of `sever-12` that has winter diesel.
async fn other_pump(server: &TestServer, than: u64) -> u16 {
    let (_, station) = server.post("/api/stations/get", &json!({ "id": "sever-12" })).await;
    let pumps = station["pumps"].as_array().unwrap();
    let has_it = |pump: &&Value| {
        pump["number"] != json!(than) && pump["fuels"].as_array().unwrap().contains(&json!("diesel_winter"))
    };
    let pump = pumps.iter().find(has_it).expect("another pump of the grade");
    u16::try_from(pump["number"].as_u64().unwrap()).unwrap()
}

async fn a_pump_without_the_grade_and_one_that_is_not_there_are_refused((server, _station): Started) {
    let id = paid_order(&server).await;
    let seq = server.stored(&id).await.history_seq();
    let (_, station) = server.post("/api/stations/get", &json!({ "id": "sever-12" })).await;
    let lacks_it = station["pumps"].as_array().unwrap().iter();
    let lacks_it =
        lacks_it.filter(|pump| !pump["fuels"].as_array().unwrap().contains(&json!("diesel_winter")));
    let numbers = lacks_it.filter_map(|pump| pump["number"].as_u64()).chain([60]);
    for number in numbers {
        let (status, answer) = start(&server, &id, u16::try_from(number).unwrap(), seq).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (409, &json!("pump_unavailable")),
            "{number}: {answer}"
        );
    }
}

async fn a_repeated_press_is_the_same_start_and_a_delayed_one_starts_nothing((server, station): Started) {
    let id = paid_order(&server).await;
    let seq = server.stored(&id).await.history_seq();
    let presses = (0..8).map(|_| start(&server, &id, 4, seq));
    for (status, answer) in futures::future::join_all(presses).await {
        assert_eq!(status, 200, "each of them is the same start: {answer}");
    }
    let (status, _) = start(&server, &id, 4, seq).await;
    assert_eq!(status, 200, "while it is under way");
    let release = station.wait_for_release(1).await;
    server.wait_until_idle().await;
    assert_eq!(count_releases(&station), 1);
    let (status, answer) = start(&server, &id, 5, seq).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("order_not_startable")),
        "one at a time: {answer}"
    );
    assert_eq!(server.send_callback_for(&release, "canceled", "reason=busy").await, 200);
    wait_for_another_start(&server, &id, 1).await;
    let (status, answer) = start(&server, &id, 4, seq).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("order_not_startable")), "{answer}");
    server.wait_until_idle().await;
    assert_eq!(count_releases(&station), 1, "a delayed press never starts a second time");
}

async fn an_unpaid_ended_or_unknown_order_cannot_be_started((server, station): Started) {
    let unpaid = server.place_order(&draft_to_start()).await;
    let (status, answer) = start(&server, &unpaid.order_id, 4, 2).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("order_not_startable")), "{answer}");
    let view = server.order(&unpaid.order_id).await.json;
    assert_eq!((&view["start"]["allowed"], &view["start"]["until"]), (&json!(false), &Value::Null), "{view}");
    let id = paid_order(&server).await;
    let (status, _) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!(status, 200);
    let ended = server.stored(&id).await;
    let (status, answer) = start(&server, &id, 4, ended.history_seq()).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("order_not_startable")), "{answer}");
    assert_eq!(server.order(&id).await.json["start"], Value::Null, "in final statuses");
    let nobody = "7a6f2c7e-0d9f-4a63-9a2b-0b6a5cf0d6f1";
    assert_eq!(start(&server, nobody, 4, 1).await.0, 404);
    assert_eq!(count_releases(&station), 0);
}

async fn of_a_start_and_a_cancellation_at_once_one_wins((server, station): Started) {
    for _ in 0..4 {
        let released = count_releases(&station);
        let id = paid_order(&server).await;
        let seq = server.stored(&id).await.history_seq();
        let cancel = json!({ "id": id });
        let cancel = server.post("/api/orders/cancel", &cancel);
        let (started, canceled) = tokio::join!(start(&server, &id, 4, seq), cancel);
        let order = until("one of them has won", || async {
            let order = server.stored(&id).await;
            (order.status == Status::Canceled || order.open_release().is_some()).then_some(order)
        })
        .await;
        if order.status == Status::Canceled && order.releases.is_empty() {
            assert_eq!((started.0, canceled.0), (409, 200));
            assert_eq!(count_releases(&station), released);
        } else {
            // The cancellation takes the release back.
            assert_eq!((started.0, canceled.0), (200, 200), "{}", canceled.1);
            server.wait_for_status(&id, "canceled").await;
        }
    }
}

async fn a_refused_pump_leaves_the_order_paid_and_another_may_be_started((server, station): Started) {
    let id = paid_order(&server).await;
    station.queue_answers(&[StationServerAnswer::Status(404, "пистолет не на месте")]);
    server.start_pump(&id, 4).await;
    let order = wait_for_another_start(&server, &id, 1).await;
    let view = server.order(&id).await.json;
    assert_eq!(
        (&view["reason"], &view["start"]["tries_left"]),
        (&json!("pump_refused"), &json!(4)),
        "{view}"
    );
    assert!(view["start"]["reason"].as_str().unwrap().contains("пистолет не на месте"), "{view}");
    assert!(order.settlement.returns.is_empty(), "the money stays for another try");
    let view = server.start_pump(&id, 4).await;
    assert_eq!(view["start"]["reason"], Value::Null, "{view}");
    let second = station.wait_for_release(2).await;
    assert_ne!(station.release_ids()[0], second, "each release has an id of its own");
    assert_eq!(server.send_callback_for(&second, "accept", "").await, 200);
    assert_eq!(server.send_callback_for(&second, "completed", "litre=37.41").await, 200);
    let order = server.wait_until_settled(&id).await;
    assert_eq!((order.status, order.is_shipped()), (Status::Completed, true));
}

async fn five_tries_that_came_to_nothing_return_the_money((server, station): Started) {
    let id = paid_order(&server).await;
    for tries in 1..=5 {
        server.start_pump(&id, 4).await;
        let release = station.wait_for_release(tries).await;
        assert_eq!(server.send_callback_for(&release, "canceled", "reason=off").await, 200);
        if tries < 5 {
            wait_for_another_start(&server, &id, tries).await;
        }
    }
    let order = server.wait_until_settled(&id).await;
    assert_eq!((order.status, order.settlement.returned()), (Status::Unavailable, order.total));
    assert_eq!(server.order(&id).await.json["reason"], "tries_used_up");
}

async fn a_refused_price_ends_the_order((server, station): Started) {
    let id = paid_order(&server).await;
    station.queue_answers(&[StationServerAnswer::Status(402, "цена отличается")]);
    server.start_pump(&id, 4).await;
    let order = server.wait_until_settled(&id).await;
    assert_eq!((order.status, order.settlement.returned()), (Status::Unavailable, order.total));
}
