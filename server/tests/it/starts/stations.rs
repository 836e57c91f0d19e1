//! What a station's data says of a start: pumps that are out of order, closed stations, opening hours, prices.

use domain::order::Status;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::{TestServer, draft_to_start, on_both_databases, start_with_station_double};

use super::{Started, count_releases, other_pump, paid_order, start};

on_both_databases! {
    with (start_with_station_double);
    a_pump_that_is_out_of_order_is_not_started,
    a_station_that_is_closed_for_a_reason_starts_no_pump,
    a_pump_that_is_put_out_of_order_after_the_start_is_not_released,
    a_closed_hour_is_a_warning_and_a_station_that_does_not_open_in_time_is_refused,
    the_price_that_was_paid_is_the_price_of_the_start,
}

/// Changes fields of the station of all drafts.
async fn change_station(server: &TestServer, change: impl FnOnce(&mut Value)) {
    let (status, mut station) = server.erp_get("stations/sever-12").await;
    assert_eq!(status, 200, "{station}");
    change(&mut station);
    let (status, kept) = server.erp(Method::PUT, "stations/sever-12", &station).await;
    assert_eq!((status, &kept["changed"]), (200, &json!(true)), "{kept}");
}

async fn put_out_of_order(server: &TestServer, number: u16) {
    change_station(server, |station| {
        let pumps = station["pumps"].as_array_mut().unwrap();
        let pump = pumps.iter_mut().find(|pump| pump["number"] == number).unwrap();
        pump["state"] = json!("out_of_order");
    })
    .await;
}

async fn a_pump_that_is_out_of_order_is_not_started((server, station): Started) {
    let id = paid_order(&server).await;
    put_out_of_order(&server, 4).await;
    let seq = server.stored(&id).await.history_seq();
    let (status, answer) = start(&server, &id, 4, seq).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("pump_unavailable")), "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("не работает"), "{answer}");
    assert_eq!(count_releases(&station), 0);
    server.start_pump(&id, other_pump(&server, 4).await).await;
    station.wait_for_release(1).await;
}

async fn a_station_that_is_closed_for_a_reason_starts_no_pump((server, station): Started) {
    let id = paid_order(&server).await;
    change_station(&server, |station| station["closed_reason"] = json!("Слив топлива")).await;
    let seq = server.stored(&id).await.history_seq();
    let (status, answer) = start(&server, &id, 4, seq).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("station_closed")), "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("Слив топлива"), "{answer}");
    change_station(&server, |station| station["closed_reason"] = Value::Null).await;
    server.start_pump(&id, 4).await;
    station.wait_for_release(1).await;
}

/// Also a start that is the payment itself asks nobody before.
async fn a_pump_that_is_put_out_of_order_after_the_start_is_not_released((server, station): Started) {
    let placed = server.place_order(&test_support::draft()).await;
    put_out_of_order(&server, 4).await;
    server.pay(&placed.payment_url).await;
    let order = super::wait_for_another_start(&server, &placed.order_id, 0).await;
    let view = server.order(&placed.order_id).await.json;
    assert_eq!((&view["reason"], order.status), (&json!("pump_refused"), Status::Paid), "{view}");
    assert_eq!(count_releases(&station), 0);
}

async fn a_closed_hour_is_a_warning_and_a_station_that_does_not_open_in_time_is_refused(
    (server, _station): Started,
) {
    server.advance_to_moscow_noon();
    let quote = json!({ "draft": draft_to_start() });
    // Thirty minutes to pay and two hours to start.
    for (hours, is_sold) in [("14:00-20:00", true), ("15:00-20:00", false)] {
        change_station(&server, |station| station["opening_hours"] = json!(hours)).await;
        let (status, answer) = server.post("/api/orders/quote", &quote).await;
        if is_sold {
            assert_eq!(status, 200, "{answer}");
            assert!(answer["warnings"].as_array().is_some_and(|warnings| !warnings.is_empty()), "{answer}");
            // It is placed, paid and started: the driver stands there.
            let id = paid_order(&server).await;
            server.start_pump(&id, 4).await;
        } else {
            let (placed, refusal) = server.try_place(&draft_to_start()).await;
            for (status, answer) in [(status, answer), (placed, refusal)] {
                let code = &answer["error"]["code"];
                assert_eq!((status, code), (409, &json!("station_closed")), "{hours}: {answer}");
            }
        }
    }
}

async fn the_price_that_was_paid_is_the_price_of_the_start((server, station): Started) {
    let id = paid_order(&server).await;
    let new = json!({ "fuels": [{ "id": "diesel_winter", "price_kopecks": 9999 }] });
    let (status, kept) = server.erp(Method::PUT, "stations/sever-12/prices", &new).await;
    assert_eq!((status, &kept["changed"]), (200, &json!(true)), "{kept}");
    server.start_pump(&id, 4).await;
    let release = station.wait_for_release(1).await;
    assert_eq!(station.pushes_of(&release)[0].body["PriceFuel"].to_string(), "74.35");
    for (call, fields) in [("accept", ""), ("fueling", ""), ("completed", "litre=37.41")] {
        assert_eq!(server.send_callback_for(&release, call, fields).await, 200, "{call}");
    }
    let order = server.wait_until_settled(&id).await;
    assert_eq!((order.status, order.final_total()), (Status::Completed, Some(order.total)));
}
