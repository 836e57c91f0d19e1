//! Orders that a cashier or an ERP puts together.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use test_support::{
    DRAFT_TOTAL_KOPECKS, ErrorBody, TestServer, fuel_sale, lines_sale, on_both_databases, sale,
};

on_both_databases! {
    an_order_is_put_together_by_grade_by_catalogue_and_by_lines,
    the_invoice_states_that_goods_change_hands_with_the_payment,
    the_same_key_and_body_is_the_same_order,
    a_number_of_the_back_office_belongs_to_one_order,
    fuel_without_a_pump_waits_for_the_cashiers_start,
    an_order_can_be_cancelled_until_it_is_handed_over,
    what_cannot_be_sold_is_refused_and_nothing_is_recorded,
    orders_are_found_by_both_numbers_and_by_the_day,
}

async fn an_order_is_put_together_by_grade_by_catalogue_and_by_lines(server: TestServer) {
    let placed = server.sell(&fuel_sale()).await;
    let view = &placed.view;
    assert_eq!((view.total_kopecks, &view.json["pump"]), (DRAFT_TOTAL_KOPECKS, &json!(4)), "{placed}");
    assert_eq!((view.status.as_str(), &json!(view.number)), ("awaiting_payment", &placed.json["number"]));
    assert_eq!(Some(&placed.payment_url), view.payment_url.as_ref());
    let id = placed.order_id.as_str();
    assert_eq!(placed.json["precheck_url"], format!("{}/api/erp/v1/orders/{id}/precheck", server.url));
    assert_eq!(placed.json["qr_svg_url"], format!("{}/api/erp/v1/orders/{id}/qr.svg", server.url));

    let goods = sale(json!({ "items": [{ "sku": "washer-20", "count": 2 }, { "sku": "wash-express" }] }));
    let view = server.sell(&goods).await.view;
    assert_eq!(view.total_kopecks, 2 * 45_000 + 59_000, "{view}");

    let mut mixed = lines_sale();
    mixed["fuel"] = json!({ "id": "a95", "by": "amount", "volume_centi": null, "amount_kopecks": 100_000 });
    mixed["expected_total_kopecks"] = json!(99_969 + 29_800);
    let view = server.sell(&mixed).await.view;
    let lines = view.json["lines"].as_array().unwrap();
    assert_eq!((&lines[0]["quantity_centi"], &lines[0]["total_kopecks"]), (&json!(1615), &json!(99_969)));
    assert_eq!((&lines[1]["unit"], &lines[1]["vat_kopecks"]), (&json!("piece"), &json!(5374)), "{view}");
}

async fn the_invoice_states_that_goods_change_hands_with_the_payment(server: TestServer) {
    server.sell(&lines_sale()).await;
    let invoice = server.invoices().await.remove(0);
    let item = &invoice["basketItems"][0];
    assert_eq!(item["paymentType"], "full_payment", "{invoice}");
    assert_eq!((&item["measureCode"], &item["measure"]), (&json!("796"), &json!("шт")), "{invoice}");
    assert_eq!(invoice["customer"]["type"], "legal", "{invoice}");
    assert_eq!(invoice["customer"].get("name").or(invoice["customer"].get("vatNumber")), None, "{invoice}");
}

async fn the_same_key_and_body_is_the_same_order(server: TestServer) {
    let order = fuel_sale();
    let at_once = futures::future::join_all((0..8).map(|_| server.erp_post("orders", &order))).await;
    let ids: Vec<&Value> = at_once
        .iter()
        .map(|(status, answer)| {
            assert_eq!(*status, 201, "{answer}");
            &answer["order_id"]
        })
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!((server.count_orders().await, server.invoices().await.len()), (1, 1));

    let mut other = order.clone();
    other["pump"] = json!(3);
    let (status, answer) = server.erp_post("orders", &other).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "{answer}");
    assert_eq!(server.count_orders().await, 1);
}

async fn a_number_of_the_back_office_belongs_to_one_order(server: TestServer) {
    let order = fuel_sale();
    // Two cashiers, the same sale, each with a key of their own.
    let rivals: Vec<Value> = (0..4)
        .map(|_| {
            let mut rival = order.clone();
            rival["idempotency_key"] = json!(Uuid::new_v4());
            rival
        })
        .collect();
    let answers =
        futures::future::join_all(rivals.iter().map(|rival| server.erp_post("orders", rival))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409], "{answers:?}");
    let (_, refused) = answers.iter().find(|(status, _)| *status == 409).unwrap();
    assert_eq!(ErrorBody::of(refused).code, "conflict");
    assert!(ErrorBody::of(refused).message.contains("уже занят"), "{refused}");
    assert_eq!(server.count_orders().await, 1);
}

async fn fuel_without_a_pump_waits_for_the_cashiers_start(server: TestServer) {
    let mut order = fuel_sale();
    order["pump"] = Value::Null;
    let placed = server.sell(&order).await;
    server.pay(&placed.payment_url).await;
    let id = placed.order_id.as_str();
    let view = server.wait_for_status(id, "paid").await;
    assert_eq!(view.statuses(), ["placing", "awaiting_payment", "paid"], "no pump was started");
    let (status, answer) = server.erp_post(&format!("orders/{id}/start"), &Value::Null).await;
    assert_eq!((status, &answer["error"]["details"]["field"]), (400, &json!("pump")), "{answer}");
    let (status, view) = server.erp_post(&format!("orders/{id}/start"), &json!({ "pump": 4 })).await;
    assert_eq!((status, &view["pump"]), (200, &json!(4)), "{view}");
    server.wait_for_status(id, "completed").await;
}

async fn an_order_can_be_cancelled_until_it_is_handed_over(server: TestServer) {
    let placed = server.sell(&fuel_sale()).await;
    let cancel = format!("orders/{}/cancel", placed.order_id);
    for _ in 0..2 {
        let (status, view) = server.erp_post(&cancel, &Value::Null).await;
        assert_eq!((status, &view["status"]), (200, &json!("canceled")), "{view}");
    }
    let completed = server.completed_sale(&lines_sale()).await;
    let id = &completed.id;
    let (status, answer) = server.erp_post(&format!("orders/{id}/cancel"), &Value::Null).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "order_not_cancelable"), "{answer}");
    assert_eq!(server.order(id).await.json["history"], completed.json["history"], "nothing changed");
    let unknown = format!("orders/{}/cancel", Uuid::new_v4());
    assert_eq!(server.erp_post(&unknown, &Value::Null).await.0, 404);
}

/// A sale that is refused: what is wrong with it, the field, its value as JSON, and the answer: status, code, field.
type RefusedSale = (&'static str, &'static str, &'static str, u16, &'static str, Option<&'static str>);

/// Changes to a sale of fuel.
const REFUSED_SALES: [RefusedSale; 10] = [
    ("unknown station", "station_id", r#""nobody-1""#, 404, "not_found", None),
    ("closed", "station_id", r#""yug-7""#, 409, "station_closed", None),
    ("pump", "pump", "99", 409, "pump_unavailable", Some("pump")),
    (
        "no fuel here",
        "fuel",
        r#"{ "id": "metan", "by": "volume", "volume_centi": 2000 }"#,
        409,
        "fuel_unavailable",
        Some("fuel.id"),
    ),
    (
        "too much",
        "fuel",
        r#"{ "id": "a95", "by": "volume", "volume_centi": 900000, "amount_kopecks": null }"#,
        422,
        "limit_exceeded",
        Some("fuel.volume_centi"),
    ),
    (
        "too little money",
        "fuel",
        r#"{ "id": "a95", "by": "amount", "volume_centi": null, "amount_kopecks": 1 }"#,
        422,
        "limit_exceeded",
        Some("fuel.volume_centi"),
    ),
    (
        "sum and volume",
        "fuel",
        r#"{ "id": "a95", "by": "volume", "volume_centi": 1000, "amount_kopecks": 61901 }"#,
        400,
        "bad_request",
        Some("fuel.amount_kopecks"),
    ),
    // One kopeck below `DRAFT_TOTAL_KOPECKS`.
    ("expected total", "expected_total_kopecks", "278142", 409, "price_changed", None),
    ("payer", "customer", r#"{ "inn": "7707083894" }"#, 400, "bad_request", Some("customer.inn")),
    ("number", "external_id", r#""""#, 400, "bad_request", Some("external_id")),
];

/// Changes to the line of a sale that no catalogue knows.
const REFUSED_LINES: [RefusedSale; 10] = [
    ("foreign vat", "vat", r#""RUS_VAT5""#, 400, "bad_request", Some("items[0].vat")),
    ("yesterday's vat", "vat", r#""RUS_VAT20""#, 400, "bad_request", Some("items[0].vat")),
    ("no such vat", "vat", r#""RUS_VAT13""#, 400, "bad_request", Some("items[0].vat")),
    ("measure", "measure_code", r#""0796""#, 400, "bad_request", Some("items[0].measure_code")),
    ("free of charge", "price_kopecks", "0", 400, "bad_request", Some("items[0].price_kopecks")),
    ("backwards", "quantity_centi", "-100", 400, "bad_request", Some("items[0].quantity_centi")),
    ("a fortune", "price_kopecks", "9223372036854775807", 400, "bad_request", Some("items[0].price_kopecks")),
    ("no name", "name", r#""  ""#, 400, "bad_request", Some("items[0].name")),
    ("both kinds", "sku", r#""washer-20""#, 400, "bad_request", None),
    ("unknown key", "price", "1", 400, "bad_request", None),
];

async fn what_cannot_be_sold_is_refused_and_nothing_is_recorded(server: TestServer) {
    for case in REFUSED_SALES {
        let mut sale = fuel_sale();
        sale[case.1] = serde_json::from_str(case.2).unwrap();
        assert_refused(&server, &sale, case).await;
    }
    for case in REFUSED_LINES {
        let mut sale = lines_sale();
        sale["items"][0][case.1] = serde_json::from_str(case.2).unwrap();
        assert_refused(&server, &sale, case).await;
    }
    assert_refused(&server, &sale(json!({})), ("nothing", "", "", 400, "bad_request", None)).await;
    assert_eq!((server.count_orders().await, server.invoices().await.len()), (0, 0));
}

async fn assert_refused(server: &TestServer, sale: &Value, (what, _, _, status, code, field): RefusedSale) {
    let (answered, answer) = server.erp_post("orders", sale).await;
    let error = &answer["error"];
    assert_eq!((answered, error["code"].as_str()), (status, Some(code)), "{what}: {answer}");
    assert_eq!(error["details"]["field"].as_str(), field, "{what}: {answer}");
    let message = error["message"].as_str().unwrap();
    assert!(message.chars().any(|c| ('а'..='я').contains(&c)), "{what}: a Russian sentence: {answer}");
}

async fn orders_are_found_by_both_numbers_and_by_the_day(server: TestServer) {
    server.advance_to_moscow_noon();
    let order = fuel_sale();
    let placed = server.sell(&order).await;
    let other = server.sell(&lines_sale()).await;
    let id = placed.order_id.as_str();
    let (_, by_id) = server.erp_get(&format!("orders/{id}")).await;
    let (_, by_external) =
        server.erp_get(&format!("orders?external_id={}", order["external_id"].as_str().unwrap())).await;
    assert_eq!((&by_id, &by_id), (&by_external, &placed.view.json));
    assert_eq!(server.erp_get("orders?external_id=none").await.0, 404);

    let (_, today) = server.erp_get("orders").await;
    let ids = |list: &Value| -> Vec<Value> {
        list["orders"].as_array().unwrap().iter().map(|order| order["view"]["id"].clone()).collect()
    };
    assert_eq!(ids(&today), [json!(other.order_id), json!(placed.order_id)], "newest first");
    assert_eq!(today["orders"][1]["external_id"], order["external_id"]);
    let (_, found) = server.erp_get(&format!("orders?number={}", placed.view.number)).await;
    assert_eq!(ids(&found), [json!(placed.order_id)]);
    let (_, elsewhere) = server.erp_get("orders?station_id=sever-1").await;
    assert!(ids(&elsewhere).is_empty());
    let (_, long_ago) = server.erp_get("orders?date=2020-02-29").await;
    assert!(ids(&long_ago).is_empty());
    for wrong in ["orders?date=2026-02-30", "orders?date=today", "orders?day=2026-02-01"] {
        assert_eq!(server.erp_get(wrong).await.0, 400, "{wrong}");
    }
    // The cashier's stream is the customer's.
    let bearer = format!("Bearer {}", test_support::ERP_TOKEN);
    let path = format!("/api/erp/v1/orders/{id}/events");
    let stream = server.send(Method::GET, &path, &[("authorization", &bearer)], "").await;
    let first = test_support::Events::new(stream).next().await.unwrap();
    assert_eq!(first.status(), "awaiting_payment");
}
