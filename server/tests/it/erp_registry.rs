//! The registry of a day, compared with the orders themselves.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use test_support::{
    ERP_TOKEN, ErrorBody, OrderView, Placed, TestServer, draft, fuel_sale, lines_sale, on_both_databases,
    sale, until,
};

on_both_databases! {
    the_sums_of_a_day_are_those_of_its_orders,
    a_spreadsheet_opens_the_registry,
    a_refund_of_tomorrow_is_in_tomorrows_registry,
    a_day_begins_at_the_midnight_of_the_station,
}

async fn paid(server: &TestServer, placed: &Placed) -> String {
    let id = placed.order_id.clone();
    server.pay(&placed.payment_url).await;
    until("the payment", || async { (server.order(&id).await.status != "awaiting_payment").then_some(()) })
        .await;
    id
}

/// Lets pumps run until the order has ended.
async fn ended(server: &TestServer, id: &str) -> OrderView {
    until("the end", || async {
        server.clock.advance(Duration::from_secs(1));
        Some(server.order(id).await).filter(|view| view.status == "completed")
    })
    .await
}

async fn registry(server: &TestServer, query: &str) -> Value {
    let (status, registry) = server.erp_get(&format!("reports/registry{query}")).await;
    assert_eq!(status, 200, "{registry}");
    registry
}

async fn the_sums_of_a_day_are_those_of_its_orders(server: TestServer) {
    server.advance_to_moscow_noon();
    let mut ids = Vec::new();
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let short = paid(&server, &server.sell(&fuel_sale()).await).await;
    ended(&server, &short).await;
    ids.push(short);
    server.control(json!({ "forecourt": { "fault": "none" } })).await;
    let full = paid(&server, &server.place_order(&draft()).await).await;
    ended(&server, &full).await;
    ids.push(full);
    let elsewhere = sale(json!({ "station_id": "sever-1", "items": [{ "sku": "washer-20", "count": 3 }] }));
    ids.push(paid(&server, &server.sell(&elsewhere).await).await);
    // Not paid: not in the ledger.
    server.sell(&lines_sale()).await;

    let registry = registry(&server, "").await;
    let lines = registry["orders"].as_array().unwrap();
    assert_eq!(lines.len(), 3, "{registry}");
    let (mut gross, mut back) = (0, 0);
    for id in &ids {
        let view = server.order(id).await;
        let line = lines.iter().find(|line| line["order_id"] == **id).unwrap();
        let (total, refund) = (view.total_kopecks, view.refund_kopecks.unwrap_or(0));
        assert_eq!(
            (&line["paid_kopecks"], &line["refunded_kopecks"]),
            (&json!(total), &json!(refund)),
            "{line}"
        );
        assert_eq!(line["net_kopecks"], total - refund, "{line}");
        assert_eq!(line["dispensed_centi"], json!(view.dispensed_centi), "{line}");
        (gross, back) = (gross + total, back + refund);
    }
    assert!(back > 0, "something was not dispensed");
    let total =
        json!({ "orders": 3, "paid_kopecks": gross, "refunded_kopecks": back, "net_kopecks": gross - back });
    assert_eq!(registry["total"], total);
    let stations = registry["stations"].as_array().unwrap();
    let sum =
        |name: &str| stations.iter().map(|station| station["total"][name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((stations.len(), sum("net_kopecks"), sum("orders")), (2, gross - back, 3));
    assert_eq!(registry["time_zone"], "Europe/Moscow");

    let one = self::registry(&server, "?station_id=sever-1").await;
    assert_eq!(
        (&one["total"]["orders"], &one["total"]["paid_kopecks"]),
        (&json!(1), &json!(135_000)),
        "{one}"
    );
    assert_eq!(server.erp_get("reports/registry?station_id=nobody").await.0, 404);
    assert_eq!(server.erp_get("reports/registry?date=24.11.2026").await.0, 400);
    assert_eq!(server.erp_get("reports/registry?day=1").await.0, 400);
}

async fn a_spreadsheet_opens_the_registry(server: TestServer) {
    server.advance_to_moscow_noon();
    let order =
        sale(json!({ "external_id": "=HYPERLINK(\"http://evil\");1", "items": [{ "sku": "washer-20" }] }));
    let placed = server.sell(&order).await;
    paid(&server, &placed).await;
    let bearer = format!("Bearer {ERP_TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("accept", "text/csv")];
    let answer = server.send(Method::GET, "/api/erp/v1/reports/registry", &headers, "").await;
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("registry-"));
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(&[0xef, 0xbb, 0xbf]), "the mark by which spreadsheets know UTF-8");
    let text = std::str::from_utf8(&bytes[3..]).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("Заказ;Номер кассовой системы;"), "{text}");
    assert!(lines[1].contains("\"'=HYPERLINK(\"\"http://evil\"\");1\""), "{text}");
    assert!(lines[1].contains(";450,00;0,00;450,00;"), "{text}");
    assert!(lines[2].starts_with("Итого sever-12;") && lines[3].starts_with("Итого;"), "{text}");
    assert!(lines[3].contains(";450,00;0,00;450,00;") && lines[4].starts_with("Перечисление;"), "{text}");
}

async fn a_refund_of_tomorrow_is_in_tomorrows_registry(server: TestServer) {
    server.advance_to_moscow_noon();
    let id = server.completed_sale(&lines_sale()).await.id;
    let today = registry(&server, "").await["date"].as_str().unwrap().to_owned();
    server.control(json!({ "clock": { "advance_s": 86_400 } })).await;
    let back = json!({ "amount_kopecks": 14_900, "reason": "Кофе остыл" });
    let (status, view) = server.erp_post(&format!("orders/{id}/refund"), &back).await;
    assert_eq!((status, &view["refund_kopecks"]), (200, &json!(14_900)), "{view}");
    let (status, answer) = server
        .erp_post(&format!("orders/{id}/refund"), &json!({ "amount_kopecks": 29_800, "reason": "ещё" }))
        .await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "{answer}");

    let tomorrow = registry(&server, "").await;
    assert_ne!(tomorrow["date"], today);
    let line = &tomorrow["orders"][0];
    assert_eq!(
        [&line["paid_kopecks"], &line["refunded_kopecks"], &line["net_kopecks"]],
        [&json!(0), &json!(14_900), &json!(-14_900)],
        "{tomorrow}"
    );
    let before = registry(&server, &format!("?date={today}")).await;
    assert_eq!(before["total"]["net_kopecks"], 29_800, "yesterday's ledger stays as it was");
}

async fn a_day_begins_at_the_midnight_of_the_station(server: TestServer) {
    let far = json!({
        "name": "АЗС на краю", "lat": 53.02, "lon": 158.65, "time_zone": "Asia/Kamchatka",
        "fuels": [{ "id": "a95", "price_kopecks": 7000 }], "pumps": [{ "number": 1, "fuels": ["a95"] }],
        "goods": [{ "sku": "tea", "name": "Чай", "price_kopecks": 5000, "kind": "goods" }]
    });
    assert_eq!(server.erp(Method::PUT, "stations/far-1", &far).await.0, 201);
    // To the evening of Moscow, which is the next morning in Kamchatka.
    let (_, today) = server.erp_get("reports/registry").await;
    server.advance_to_moscow_noon();
    server.clock.advance(Duration::from_secs(10 * 3600));
    let tea = sale(json!({ "station_id": "far-1", "items": [{ "sku": "tea" }] }));
    let id = paid(&server, &server.sell(&tea).await).await;
    let by_moscow = registry(&server, "").await;
    let by_station = registry(&server, "?station_id=far-1").await;
    assert_eq!(by_station["time_zone"], "Asia/Kamchatka");
    assert!(by_station["date"].as_str() > by_moscow["date"].as_str(), "{by_station} {today}");
    for registry in [&by_moscow, &by_station] {
        assert_eq!(registry["orders"][0]["order_id"], id, "{registry}");
    }
    let earlier = format!("?station_id=far-1&date={}", by_moscow["date"].as_str().unwrap());
    assert_eq!(registry(&server, &earlier).await["orders"], json!([]));
}
