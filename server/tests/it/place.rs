//! Placing: one key, one order, one invoice; what is refused leaves no trace.

use reqwest::Method;
use serde_json::{Value, json};

use test_support::{DRAFT_TOTAL_KOPECKS, ErrorBody, TestServer, draft, goods_draft, on_both_databases};

on_both_databases! {
    a_good_draft_gets_a_payment_link,
    the_same_key_twice_gives_one_order,
    the_same_key_eight_times_at_once_gives_one_order_and_one_invoice,
    the_same_key_with_another_draft_is_a_conflict,
    a_changed_price_is_refused_with_the_new_quote,
    a_wrong_draft_is_refused_by_a_stable_code_and_not_recorded,
    a_malformed_request_is_refused_and_not_recorded,
    a_station_that_does_not_answer_is_refused_before_the_payment_and_a_busy_pump_is_not,
    a_full_tank_pays_a_ceiling_and_the_rest_is_returned,
}

async fn a_good_draft_gets_a_payment_link(server: TestServer) {
    let (status, quote) = server.post("/api/orders/quote", &json!({ "draft": draft() })).await;
    assert_eq!((status, &quote["total_kopecks"]), (200, &json!(DRAFT_TOTAL_KOPECKS)));
    let placed = server.place_order(&draft()).await;
    let view = &placed.view;
    assert_eq!(view.status, "awaiting_payment");
    assert_eq!(view.id, placed.order_id);
    assert_eq!(view.total_kopecks, DRAFT_TOTAL_KOPECKS);
    assert_eq!(view.json["vat_kopecks"], quote["vat_kopecks"]);
    assert_eq!(view.json["lines"][0]["quantity_centi"], 3741);
    assert_eq!(view.payment_url.as_ref(), Some(&placed.payment_url));
    assert_eq!(*view, server.order(&placed.order_id).await);
    let invoices = server.invoices().await;
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["amount"].to_string(), "2781.43");
    let invoice = invoices[0].to_string();
    assert!(invoice.contains(&format!("{}/orders/", server.url)), "the ways back lead to the order");
}

async fn the_same_key_twice_gives_one_order(server: TestServer) {
    let draft = draft();
    let first = server.place_order(&draft).await;
    let second = server.place_order(&draft).await;
    assert_eq!(first, second);
    assert_eq!((server.count_orders().await, server.invoices().await.len()), (1, 1));
}

async fn the_same_key_eight_times_at_once_gives_one_order_and_one_invoice(server: TestServer) {
    let draft = draft();
    let answers = futures::future::join_all((0..8).map(|_| server.place_order(&draft))).await;
    for answer in &answers {
        assert_eq!(answer.order_id, answers[0].order_id);
        assert_eq!(answer.payment_url, answers[0].payment_url);
    }
    assert_eq!((server.count_orders().await, server.invoices().await.len()), (1, 1));
}

async fn the_same_key_with_another_draft_is_a_conflict(server: TestServer) {
    let first = draft();
    let mut other = goods_draft();
    other["idempotency_key"] = first["idempotency_key"].clone();
    server.place_order(&first).await;
    let (status, answer) = server.try_place(&other).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"));
    assert_eq!((server.count_orders().await, server.invoices().await.len()), (1, 1));
}

async fn a_changed_price_is_refused_with_the_new_quote(server: TestServer) {
    let mut draft = draft();
    draft["expected_total_kopecks"] = json!(DRAFT_TOTAL_KOPECKS - 1);
    let (status, answer) = server.try_place(&draft).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "price_changed"));
    assert_eq!(
        answer["error"]["message"],
        "Цена изменилась. Было\u{a0}2\u{a0}781,42\u{a0}₽, стало\u{a0}2\u{a0}781,43\u{a0}₽."
    );
    assert_eq!(answer["error"]["details"]["quote"]["total_kopecks"], DRAFT_TOTAL_KOPECKS);
    assert_eq!(answer["error"]["details"]["quote"]["lines"][0]["price_kopecks"], 7435);
    assert_eq!(server.count_orders().await, 0);
    draft["expected_total_kopecks"] = json!(DRAFT_TOTAL_KOPECKS);
    // What was refused has used up no key.
    server.place_order(&draft).await;
}

/// A draft with one place changed.
fn with(pointer: &str, value: Value) -> Value {
    let mut draft = draft();
    *draft.pointer_mut(pointer).unwrap() = value;
    draft
}

async fn a_wrong_draft_is_refused_by_a_stable_code_and_not_recorded(server: TestServer) {
    let mut lacking = with("/station_id", json!("sever-8"));
    lacking["pump"] = json!(3);
    lacking["fuel"]["id"] = json!("a95");
    let mut sold_out = with("/station_id", json!("ladoga-1"));
    sold_out["fuel"]["id"] = json!("a95");
    let suborder = with("/host/minapp_type", json!("suborder"));
    let mut empty = goods_draft();
    empty["items"] = json!([]);
    let mut many = goods_draft();
    many["items"][0]["count"] = json!(100);
    let mut unsold = goods_draft();
    unsold["items"][0]["sku"] = json!("unicorn");
    let cases = [
        ("unknown station", with("/station_id", json!("nowhere")), 404, "not_found"),
        ("closed station", with("/station_id", json!("yug-7")), 409, "station_closed"),
        ("grade not sold", with("/fuel/id", json!("metan")), 409, "fuel_unavailable"),
        ("grade sold out", sold_out, 409, "fuel_unavailable"),
        ("no pump", with("/pump", Value::Null), 400, "bad_request"),
        ("unknown pump", with("/pump", json!(77)), 409, "pump_unavailable"),
        ("pump without that fuel", lacking, 409, "pump_unavailable"),
        ("volume 0", with("/fuel/volume_centi", json!(0)), 422, "limit_exceeded"),
        ("negative volume", with("/fuel/volume_centi", json!(-3741)), 422, "limit_exceeded"),
        ("volume above the cap", with("/fuel/volume_centi", json!(6001)), 422, "limit_exceeded"),
        ("largest number", with("/fuel/volume_centi", json!(i64::MAX)), 422, "limit_exceeded"),
        ("no volume", with("/fuel/volume_centi", Value::Null), 400, "bad_request"),
        ("wrong ИНН", with("/customer/inn", json!("7707083894")), 400, "bad_request"),
        ("bad e-mail", with("/customer/email", json!("buh@")), 400, "bad_request"),
        ("bad phone", with("/customer/phone", json!("12")), 400, "bad_request"),
        ("no name", with("/customer/name", json!("  ")), 400, "bad_request"),
        ("suborder without container", suborder, 400, "bad_request"),
        ("empty draft", empty, 400, "bad_request"),
        ("too many pieces", many, 422, "limit_exceeded"),
        ("unknown goods", unsold, 400, "bad_request"),
    ];
    for (case, draft, status, code) in cases {
        let (answered, body) = server.try_place(&draft).await;
        assert_eq!((answered, ErrorBody::of(&body).code), (status, code), "{case}: {body}");
        let message = ErrorBody::of(&body).message;
        assert!(message.chars().any(|c| matches!(c, 'а'..='я')), "{case}: {message}");
    }
    assert_eq!((server.count_orders().await, server.invoices().await.len()), (0, 0));
}

async fn a_malformed_request_is_refused_and_not_recorded(server: TestServer) {
    let whole = json!({ "draft": draft() });
    let mut unknown = whole.clone();
    unknown["draft"]["customer"]["vip"] = json!(true);
    let mut fractional = whole.clone();
    fractional["draft"]["fuel"]["volume_centi"] = json!(37.41);
    let mut keyless = whole.clone();
    keyless["draft"].as_object_mut().unwrap().remove("idempotency_key");
    let mut grade = whole.clone();
    grade["draft"]["fuel"]["id"] = json!("kerosene");
    let cases = [
        ("unknown field", unknown.to_string(), 400),
        ("a fraction for an integer", fractional.to_string(), 400),
        ("no key", keyless.to_string(), 400),
        ("unknown grade", grade.to_string(), 400),
        ("cut JSON", whole.to_string()[..100].to_owned(), 400),
        ("text after the JSON", format!("{whole} x"), 400),
        ("empty body", String::new(), 400),
        ("an array", "[]".to_owned(), 400),
        ("over the limit", format!("{{\"draft\":\"{}\"}}", "x".repeat(70_000)), 413),
    ];
    for (case, body, status) in cases {
        let (answered, answer) = server.post_text("/api/orders/place", &body).await;
        assert_eq!((answered, ErrorBody::of(&answer).code), (status, "bad_request"), "{case}: {answer}");
    }
    for path in ["/api/nothing", "/api/orders/nothing", "/api/orders/place/more"] {
        let (status, answer) = server.post(path, &whole).await;
        assert_eq!((status, ErrorBody::of(&answer).code), (404, "not_found"), "{path}: {answer}");
    }
    let wrong_method = server.send(Method::PUT, "/api/orders/place", &[], "").await;
    assert_eq!(wrong_method.status(), 405);
    assert_eq!(server.count_orders().await, 0);
}

async fn a_station_that_does_not_answer_is_refused_before_the_payment_and_a_busy_pump_is_not(
    server: TestServer,
) {
    // Silent for good: it is the limit of a ping that ends the wait.
    server.control(json!({ "forecourt": { "fault": "silence", "hang_ms": 600_000 } })).await;
    let (answered, body) = server.try_place(&draft()).await;
    assert_eq!((answered, ErrorBody::of(&body).code), (502, "forecourt_error"), "{body}");
    assert_eq!((server.count_orders().await, server.invoices().await.len()), (0, 0));
    server.control(json!({ "forecourt": { "fault": "busy" } })).await;
    let (answered, body) = server.try_place(&draft()).await;
    assert_eq!(answered, 200, "it is asked again when it is started: {body}");
    let busy = with("/pump", json!(6));
    let (_, quote) = server.post("/api/orders/quote", &json!({ "draft": busy })).await;
    assert!(quote["warnings"][0].as_str().unwrap().contains("Колонка 6"), "{quote}");
}

async fn a_full_tank_pays_a_ceiling_and_the_rest_is_returned(server: TestServer) {
    let (_, station) = server.post("/api/stations/get", &json!({ "id": "sever-12" })).await;
    assert_eq!(station["full_tank"], true, "the simulated station fills up");
    let mut full = with("/fuel/by", json!("full_tank"));
    let (status, quote) = server.post("/api/orders/quote", &json!({ "draft": full })).await;
    assert_eq!(
        (status, &quote["total_kopecks"]),
        (200, &json!(DRAFT_TOTAL_KOPECKS)),
        "the volume is the ceiling"
    );
    assert!(quote["warnings"][0].as_str().unwrap().contains("остаток"), "{quote}");
    full["fuel"]["volume_centi"] = Value::Null;
    let (_, quote) = server.post("/api/orders/quote", &json!({ "draft": full })).await;
    assert_eq!(quote["lines"][0]["quantity_centi"], 6000, "a car's tank where none is given");
    full["expected_total_kopecks"] = quote["total_kopecks"].clone();
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let placed = server.place_order(&full).await;
    assert_eq!(placed.view.json["full_tank"], true);
    server.pay(&placed.payment_url).await;
    let done = server.wait_for_status(&placed.order_id, "completed").await;
    let (kept, refund) = (done.final_kopecks.unwrap(), done.refund_kopecks.unwrap());
    assert_eq!(kept + refund, done.total_kopecks);
    assert!(refund > 0, "{done}");
}
