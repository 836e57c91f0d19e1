//! The registry of a day, compared with the orders themselves.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use test_support::{
    DRAFT_TOTAL_KOPECKS, ERP_TOKEN, ErrorBody, OrderView, Placed, TestServer, draft, fuel_sale, lines_sale,
    on_both_databases, sale, until,
};

on_both_databases! {
    the_sums_of_a_day_are_those_of_its_orders,
    a_spreadsheet_opens_the_registry,
    a_refund_of_tomorrow_is_in_tomorrows_registry,
    a_day_begins_at_the_midnight_of_the_station,
    the_day_of_a_payment_is_that_of_invoicebox,
    a_refund_that_did_not_go_is_owed_and_not_refunded,
    a_second_payment_is_in_the_registry_with_what_is_owed_of_it,
    a_second_payment_is_on_the_day_of_invoicebox,
    a_payment_that_was_taken_back_and_made_again_counts_once,
    a_day_that_was_downloaded_says_what_has_changed_since,
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

fn refund(amount: i64) -> Value {
    json!({ "idempotency_key": Uuid::new_v4(), "amount_kopecks": amount, "reason": "Кофе остыл" })
}

/// Paid, refunded, net and owed sums of a line or a total.
fn sums(line: &Value) -> [i64; 4] {
    ["paid", "refunded", "net", "owed"].map(|name| line[format!("{name}_kopecks")].as_i64().unwrap())
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
    server.wait_until_settled(&short).await;
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
            (&line["paid_kopecks"], &line["refunded_kopecks"], &line["owed_kopecks"]),
            (&json!(total), &json!(refund), &json!(0)),
            "{line}"
        );
        assert_eq!(line["net_kopecks"], total - refund, "{line}");
        assert_eq!(line["dispensed_centi"], json!(view.dispensed_centi), "{line}");
        (gross, back) = (gross + total, back + refund);
    }
    assert!(back > 0, "something was not dispensed");
    let total = json!({
        "orders": 3, "paid_kopecks": gross, "refunded_kopecks": back, "net_kopecks": gross - back, "owed_kopecks": 0
    });
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
    assert!(lines[1].contains(";450,00;0,00;450,00;0,00;"), "{text}");
    assert!(lines[2].starts_with("Итого sever-12;") && lines[3].starts_with("Итого;"), "{text}");
    assert!(lines[3].contains(";450,00;0,00;450,00;") && lines[4].starts_with("Перечисление;"), "{text}");
}

async fn a_refund_of_tomorrow_is_in_tomorrows_registry(server: TestServer) {
    server.advance_to_moscow_noon();
    let id = server.completed_sale(&lines_sale()).await.id;
    let today = registry(&server, "").await["date"].as_str().unwrap().to_owned();
    server.control(json!({ "clock": { "advance_s": 86_400 } })).await;
    let back = refund(14_900);
    let (status, view) = server.erp_post(&format!("orders/{id}/refund"), &back).await;
    assert_eq!((status, &view["refund_kopecks"]), (200, &json!(14_900)), "{view}");
    let (status, answer) = server.erp_post(&format!("orders/{id}/refund"), &refund(29_800)).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "{answer}");

    let settled = server.wait_until_settled(&id).await;
    let tomorrow = registry(&server, "").await;
    assert_ne!(tomorrow["date"], today);
    let line = &tomorrow["orders"][0];
    assert_eq!(
        [&line["paid_kopecks"], &line["refunded_kopecks"], &line["net_kopecks"]],
        [&json!(0), &json!(14_900), &json!(-14_900)],
        "{tomorrow}"
    );
    let created = server.refunds().await[0]["createdAt"].as_str().unwrap().to_owned();
    let moved = &line["moves"][0];
    assert_eq!(
        (&moved["kind"], &moved["number"]),
        (&json!("return"), &json!(settled.settlement.returns[0].number))
    );
    let at = |text: &str| OffsetDateTime::parse(text, &Rfc3339).unwrap().unix_timestamp();
    until("Invoicebox's own time", || async {
        server.clock.advance(Duration::from_secs(1));
        let registry = self::registry(&server, "").await;
        let moved = registry["orders"][0]["moves"][0]["at"].as_str()?.to_owned();
        (at(&moved) == at(&created)).then_some(())
    })
    .await;
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

async fn the_day_of_a_payment_is_that_of_invoicebox(server: TestServer) {
    server.advance_to_moscow_noon();
    let today = registry(&server, "").await["date"].as_str().unwrap().to_owned();
    server.clock.advance(Duration::from_secs(86_400));
    // Paid a day ago, and reported only now.
    let (id, mut paid) = server.awaited().await;
    let a_day_ago = server.clock.now() - Duration::from_secs(86_400);
    paid["paidAt"] = json!(a_day_ago.format(&Rfc3339).unwrap());
    assert_eq!(server.notify(&paid).await["status"], "success");
    let day = registry(&server, &format!("?date={today}")).await;
    let line = &day["orders"][0];
    assert_eq!(
        (&line["order_id"], &line["paid_kopecks"]),
        (&json!(id), &json!(DRAFT_TOTAL_KOPECKS)),
        "{day}"
    );
    assert_eq!(registry(&server, "").await["orders"], json!([]), "nothing was paid today");
}

async fn a_second_payment_is_on_the_day_of_invoicebox(server: TestServer) {
    server.advance_to_moscow_noon();
    let today = registry(&server, "").await["date"].as_str().unwrap().to_owned();
    let id = paid(&server, &server.sell(&lines_sale()).await).await;
    let number = server.stored(&id).await.merchant_order_id;
    let second = server.make_foreign_invoice(&number, "298.00").await;
    let lost = json!({ "fail_next": [{ "kind": "lost", "ms": 0, "times": 1 }] });
    let pay = json!({ "id": second["id"], "action": "pay" });
    server.control(json!({ "invoicebox": { "notifications": lost, "order": pay } })).await;
    server.clock.advance(Duration::from_secs(86_400));
    // Reported only now.
    let invoices = server.invoices().await;
    let report = invoices.iter().find(|invoice| invoice["id"] == second["id"]).unwrap();
    assert_eq!(server.notify(report).await["code"], "order_already_paid");
    let day = registry(&server, &format!("?date={today}")).await;
    assert_eq!(day["total"]["paid_kopecks"], 2 * 29_800, "{day}");
    assert_eq!(registry(&server, "").await["total"]["paid_kopecks"], 0, "nothing was paid today");
}

async fn a_refund_that_did_not_go_is_owed_and_not_refunded(server: TestServer) {
    server.advance_to_moscow_noon();
    let id = server.completed_sale(&lines_sale()).await.id;
    server.wait_until_settled(&id).await;
    server.fail_next("refund", "422").await;
    let (status, view) = server.erp_post(&format!("orders/{id}/refund"), &refund(14_900)).await;
    assert_eq!((status, &view["refund_kopecks"]), (200, &json!(14_900)), "{view}");
    server.wait_until_settled(&id).await;
    let day = registry(&server, "").await;
    assert_eq!(sums(&day["orders"][0]), [29_800, 0, 29_800, 14_900], "{day}");
    assert_eq!(sums(&day["total"]), [29_800, 0, 29_800, 14_900], "{day}");
    // Sent again, it goes.
    assert_eq!(server.erp_post(&format!("orders/{id}/refund"), &refund(14_900)).await.0, 200);
    server.wait_until_settled(&id).await;
    let day = registry(&server, "").await;
    assert_eq!(sums(&day["orders"][0]), [29_800, 14_900, 14_900, 0], "{day}");
}

async fn a_second_payment_is_in_the_registry_with_what_is_owed_of_it(server: TestServer) {
    server.advance_to_moscow_noon();
    let (_, paid) = server.awaited().await;
    assert_eq!(server.notify(&paid).await["status"], "success");
    let mut second = paid.clone();
    second["id"] = json!("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
    assert_eq!(server.notify(&second).await["code"], "order_already_paid");
    let day = registry(&server, "").await;
    let line = &day["orders"][0];
    let total = DRAFT_TOTAL_KOPECKS;
    assert_eq!(sums(line), [2 * total, 0, 2 * total, total], "{day}");
    let kinds: Vec<&str> =
        line["moves"].as_array().unwrap().iter().map(|moved| moved["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"second_payment") && kinds.contains(&"second_return"), "{line}");
}

async fn a_payment_that_was_taken_back_and_made_again_counts_once(server: TestServer) {
    server.advance_to_moscow_noon();
    let id = server.completed_sale(&lines_sale()).await.id;
    server.wait_until_settled(&id).await;
    let order = server.stored(&id).await;
    let invoice = order.invoice.as_ref().unwrap();
    let report = async |action: &str, status: &str| {
        let action = json!({ "id": invoice.provider_id, "action": action });
        server.control(json!({ "invoicebox": { "order": action } })).await;
        let report = json!({
            "id": invoice.provider_id, "merchantId": order.merchant_id, "merchantOrderId": order.merchant_order_id,
            "status": status, "amount": 298, "currencyId": "RUB", "createdAt": "2026-11-24T09:15:00+00:00"
        });
        assert_eq!(server.notify(&report).await["status"], "success");
    };
    report("cancel", "canceled").await;
    let day = registry(&server, "").await;
    assert_eq!(sums(&day["orders"][0]), [29_800, 29_800, 0, 0], "taken back: {day}");
    // Invoicebox has it as paid, which is asked before the report is believed.
    report("restore", "completed").await;
    let day = registry(&server, "").await;
    assert_eq!(sums(&day["orders"][0]), [29_800, 0, 29_800, 0], "there again: {day}");
}

async fn a_day_that_was_downloaded_says_what_has_changed_since(server: TestServer) {
    server.advance_to_moscow_noon();
    let first = server.completed_sale(&lines_sale()).await.id;
    let second = server.completed_sale(&lines_sale()).await.id;
    for id in [&first, &second] {
        server.wait_until_settled(id).await;
    }
    server.clock.advance(Duration::from_secs(180));
    let day = registry(&server, "").await;
    let as_of = day["as_of"].as_str().unwrap().to_owned();
    let changes = registry(&server, &format!("?changed_since={as_of}")).await;
    assert_eq!(changes["orders"], json!([]), "nothing yet");
    assert_eq!(server.erp_post(&format!("orders/{second}/refund"), &refund(14_900)).await.0, 200);
    let changes = registry(&server, &format!("?changed_since={as_of}")).await;
    let lines = changes["orders"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["order_id"]), (1, &json!(second)), "{changes}");
    assert!(lines[0]["changed_at"].as_str() > Some(as_of.as_str()), "{changes}");
    assert_eq!(changes["total"]["orders"], 2, "the total is that of the day");
    assert_eq!(server.erp_get("reports/registry?changed_since=yesterday").await.0, 400);
}
