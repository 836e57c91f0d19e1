//! What an operator does with an order by the cashier API: cancels it, starts its pump, hands over, returns money.

use serde_json::{Value, json};
use uuid::Uuid;

use test_support::{ErrorBody, TestServer, fuel_sale, kopecks, lines_sale, on_both_databases, sale, until};

on_both_databases! {
    a_refund_repeated_after_a_lost_answer_is_paid_once,
    two_refunds_of_the_same_sum_are_two,
    a_refund_names_its_lines,
    a_refund_that_cannot_be_says_which_field_is_wrong,
    a_key_is_one_action_on_an_order,
    a_start_under_a_key_is_made_once,
    the_reason_of_a_cancellation_is_kept_and_listed,
    goods_beside_a_zero_fuelling_are_charged_when_handed_over,
    goods_are_handed_over_while_the_pump_runs,
}

/// Two bottles of washer fluid for 900 roubles, and a wash for 590.
fn two_lines() -> Value {
    sale(json!({ "items": [{ "sku": "washer-20", "count": 2 }, { "sku": "wash-express" }] }))
}

fn refund(fields: Value) -> Value {
    let mut body = json!({ "idempotency_key": Uuid::new_v4(), "reason": "Возврат товара" });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn act(server: &TestServer, id: &str, action: &str, body: &Value) -> (u16, Value) {
    server.erp_post(&format!("orders/{id}/{action}"), body).await
}

fn assert_conflict((status, answer): (u16, Value)) {
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "{answer}");
}

async fn refunded_amounts(server: &TestServer, id: &str) -> Vec<i64> {
    server.wait_until_settled(id).await;
    server.refunds().await.iter().map(|row| kopecks(&row["amount"])).collect()
}

async fn a_refund_repeated_after_a_lost_answer_is_paid_once(server: TestServer) {
    let id = server.completed_sale(&lines_sale()).await.id;
    let body = refund(json!({ "amount_kopecks": 14_900 }));
    let (status, first) = act(&server, &id, "refund", &body).await;
    assert_eq!((status, &first["refund_kopecks"]), (200, &json!(14_900)), "{first}");
    assert_eq!(refunded_amounts(&server, &id).await, [14_900]);
    for _ in 0..3 {
        let (status, again) = act(&server, &id, "refund", &body).await;
        assert_eq!((status, &again["refund_kopecks"]), (200, &json!(14_900)), "{again}");
    }
    assert_eq!(refunded_amounts(&server, &id).await, [14_900], "the same refund");

    let mut other = body.clone();
    other["amount_kopecks"] = json!(14_800);
    assert_conflict(act(&server, &id, "refund", &other).await);
    let mut other = body.clone();
    other["reason"] = json!("другая причина");
    assert_conflict(act(&server, &id, "refund", &other).await);
    let (status, answer) = act(&server, &id, "refund", &json!({ "reason": "без ключа" })).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (400, "bad_request"), "{answer}");
    assert_eq!(refunded_amounts(&server, &id).await, [14_900]);
}

async fn two_refunds_of_the_same_sum_are_two(server: TestServer) {
    let id = server.completed_sale(&lines_sale()).await.id;
    // The second one comes while the first is under way.
    for _ in 0..2 {
        let body = refund(json!({ "amount_kopecks": 14_900 }));
        assert_eq!(act(&server, &id, "refund", &body).await.0, 200);
    }
    let mut amounts = refunded_amounts(&server, &id).await;
    amounts.sort_unstable();
    assert_eq!(amounts, [14_900, 14_900]);
    assert_eq!(server.order(&id).await.final_kopecks, Some(0));
}

async fn a_refund_names_its_lines(server: TestServer) {
    let view = server.completed_sale(&two_lines()).await;
    let id = view.id.as_str();
    let lines = view.json["lines"].as_array().unwrap();
    assert_eq!((&lines[0]["line"], &lines[1]["line"]), (&json!(1), &json!(2)), "{view}");
    let (status, answer) = act(&server, id, "refund", &refund(json!({ "amount_kopecks": 1000 }))).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (400, "bad_request"), "{answer}");
    assert_eq!(answer["error"]["details"]["field"], "items", "{answer}");

    let body = refund(json!({ "items": [
        { "line": 1, "quantity_centi": 100 }, { "line": "wash-express", "amount_kopecks": 9000 }
    ] }));
    let (status, view) = act(&server, id, "refund", &body).await;
    assert_eq!((status, &view["refund_kopecks"]), (200, &json!(54_000)), "{view}");
    let order = server.wait_until_settled(id).await;
    let parts: Vec<(&str, i64)> = order.settlement.returns[0]
        .lines
        .iter()
        .map(|line| (line.sku.0.as_str(), line.total.get()))
        .collect();
    assert_eq!(parts, [("washer-20", 45_000), ("wash-express", 9000)]);
    // The rest needs no lines.
    let (status, view) = act(&server, id, "refund", &refund(json!({}))).await;
    assert_eq!((status, &view["final_kopecks"]), (200, &json!(0)), "{view}");
    assert_eq!(refunded_amounts(&server, id).await.iter().sum::<i64>(), 149_000);
}

/// Items of a refund that cannot be, the answer, and the field.
const REFUSED_ITEMS: [(&str, u16, &str, &str); 12] = [
    ("[]", 400, "bad_request", "items"),
    (r#"[{ "line": 3, "quantity_centi": 100 }]"#, 400, "bad_request", "items[0].line"),
    (r#"[{ "line": 0, "quantity_centi": 100 }]"#, 400, "bad_request", "items[0].line"),
    (r#"[{ "line": "milk", "quantity_centi": 100 }]"#, 400, "bad_request", "items[0].line"),
    (r#"[{ "quantity_centi": 100 }]"#, 400, "bad_request", "items[0].line"),
    (
        r#"[{ "line": 1, "quantity_centi": 100 }, { "line": "washer-20", "quantity_centi": 100 }]"#,
        400,
        "bad_request",
        "items[1].line",
    ),
    (
        r#"[{ "line": 1, "quantity_centi": 100, "amount_kopecks": 1 }]"#,
        400,
        "bad_request",
        "items[0].quantity_centi",
    ),
    (r#"[{ "line": 1 }]"#, 400, "bad_request", "items[0].quantity_centi"),
    (r#"[{ "line": 1, "quantity_centi": 0 }]"#, 400, "bad_request", "items[0].quantity_centi"),
    (r#"[{ "line": 1, "amount_kopecks": -5 }]"#, 400, "bad_request", "items[0].amount_kopecks"),
    (
        r#"[{ "line": 2, "amount_kopecks": 59000 }, { "line": 1, "quantity_centi": 300 }]"#,
        409,
        "conflict",
        "items[1].quantity_centi",
    ),
    (r#"[{ "line": 2, "amount_kopecks": 59001 }]"#, 409, "conflict", "items[0].amount_kopecks"),
];

async fn a_refund_that_cannot_be_says_which_field_is_wrong(server: TestServer) {
    let id = server.completed_sale(&two_lines()).await.id;
    for (items, status, code, field) in REFUSED_ITEMS {
        let items: Value = serde_json::from_str(items).unwrap();
        let (answered, answer) = act(&server, &id, "refund", &refund(json!({ "items": items }))).await;
        let error = &answer["error"];
        assert_eq!((answered, error["code"].as_str()), (status, Some(code)), "{items}: {answer}");
        assert_eq!(error["details"]["field"], field, "{items}: {answer}");
    }
    let item = json!([{ "line": 1, "quantity_centi": 100 }]);
    for (fields, field) in [
        (json!({ "items": item, "amount_kopecks": 45_000 }), "amount_kopecks"),
        (json!({ "amount_kopecks": 0 }), "amount_kopecks"),
        (json!({ "reason": "  " }), "reason"),
    ] {
        let (status, answer) = act(&server, &id, "refund", &refund(fields.clone())).await;
        assert_eq!(
            (status, &answer["error"]["details"]["field"]),
            (400, &json!(field)),
            "{fields}: {answer}"
        );
    }
    assert_eq!(server.order(&id).await.refund_kopecks, Some(0), "nothing was returned");
}

async fn a_key_is_one_action_on_an_order(server: TestServer) {
    let placed = server.sell(&lines_sale()).await;
    let id = placed.order_id.as_str();
    let key = Uuid::new_v4();
    let cancel = json!({ "reason": "Покупатель передумал", "idempotency_key": key });
    for _ in 0..2 {
        let (status, view) = act(&server, id, "cancel", &cancel).await;
        assert_eq!((status, &view["status"]), (200, &json!("canceled")), "{view}");
    }
    assert_conflict(act(&server, id, "cancel", &json!({ "reason": "иначе", "idempotency_key": key })).await);
    assert_conflict(act(&server, id, "complete", &json!({ "idempotency_key": key })).await);
    assert_conflict(act(&server, id, "start", &json!({ "pump": 4, "idempotency_key": key })).await);
    // Another order's keys are its own.
    let other = server.paid_sale(&two_lines()).await.order_id;
    let complete = json!({ "items": [{ "line": 1, "quantity_centi": 100 }], "idempotency_key": key });
    for _ in 0..2 {
        let (status, view) = act(&server, &other, "complete", &complete).await;
        assert_eq!((status, &view["final_kopecks"]), (200, &json!(45_000)), "one bottle, no wash: {view}");
    }
    assert_conflict(act(&server, &other, "complete", &json!({ "idempotency_key": key })).await);
    let (status, answer) = act(&server, &other, "complete", &json!({ "items": [] })).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "closed otherwise: {answer}");
}

async fn a_start_under_a_key_is_made_once(server: TestServer) {
    let mut order = fuel_sale();
    order["pump"] = Value::Null;
    let placed = server.sell(&order).await;
    server.pay(&placed.payment_url).await;
    let id = placed.order_id.as_str();
    server.wait_for_status(id, "paid").await;
    let start = json!({ "pump": 4, "idempotency_key": Uuid::new_v4() });
    let (status, view) = act(&server, id, "start", &start).await;
    assert_eq!((status, &view["pump"]), (200, &json!(4)), "{view}");
    server.wait_for_status(id, "completed").await;
    // The answer was lost, and the repetition comes after the end.
    let (status, view) = act(&server, id, "start", &start).await;
    assert_eq!((status, &view["status"]), (200, &json!("completed")), "{view}");
    assert_eq!(server.stored(id).await.releases.len(), 1);
    let mut other = start.clone();
    other["pump"] = json!(3);
    assert_conflict(act(&server, id, "start", &other).await);
}

async fn the_reason_of_a_cancellation_is_kept_and_listed(server: TestServer) {
    let placed = server.paid_sale(&lines_sale()).await;
    let id = placed.order_id.as_str();
    let (status, view) = act(&server, id, "cancel", &json!({ "reason": " Товар кончился " })).await;
    assert_eq!((status, &view["status"]), (200, &json!("canceled")), "{view}");
    // A repetition without the reason, or with another one, does not lose it.
    assert_eq!(act(&server, id, "cancel", &Value::Null).await.0, 200);
    assert_eq!(act(&server, id, "cancel", &json!({ "reason": "иначе" })).await.0, 200);
    let (_, list) = server.erp_get(&format!("orders?number={}", placed.view.number)).await;
    assert_eq!(list["orders"][0]["cancel_reason"], "Товар кончился", "{list}");
    let (status, answer) = act(&server, id, "cancel", &json!({ "reason": "я".repeat(301) })).await;
    assert_eq!((status, &answer["error"]["details"]["field"]), (400, &json!("reason")), "{answer}");
}

async fn goods_beside_a_zero_fuelling_are_charged_when_handed_over(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "zero" } })).await;
    let mut order = fuel_sale();
    order["items"] = json!([{ "sku": "washer-20" }, { "sku": "wash-express" }]);
    let placed = server.sell(&order).await;
    server.pay(&placed.payment_url).await;
    let id = placed.order_id.as_str();
    server.wait_for_status(id, "completed").await;
    let (_, list) = server.erp_get(&format!("orders?number={}", placed.view.number)).await;
    let listed = &list["orders"][0];
    assert!(listed["goods_until"].is_string() && listed["hold"].is_null(), "{listed}");
    assert_eq!(
        (&listed["releases"][0]["pump"], &listed["releases"][0]["outcome"]),
        (&json!(4), &json!("dispensed"))
    );
    assert_eq!(listed["lines_left_kopecks"], json!([0, 45_000, 59_000]), "the fuel goes back: {listed}");
    assert_eq!(listed["handed_over"], Value::Null, "nobody has said so");
    let fuel = json!({ "items": [{ "line": 1, "quantity_centi": 100 }] });
    let (status, answer) = act(&server, id, "complete", &fuel).await;
    assert_eq!((status, &answer["error"]["details"]["field"]), (400, &json!("items[0].line")), "{answer}");
    let too_much = json!({ "items": [{ "line": 2, "quantity_centi": 200 }] });
    let (status, answer) = act(&server, id, "complete", &too_much).await;
    assert_eq!((status, &answer["error"]["details"]["field"]), (409, &json!("items[0].quantity_centi")));

    let handed = json!({ "items": [{ "line": "washer-20", "quantity_centi": 100 }] });
    let (status, view) = act(&server, id, "complete", &handed).await;
    assert_eq!((status, &view["final_kopecks"]), (200, &json!(45_000)), "{view}");
    let (_, list) = server.erp_get(&format!("orders?number={}", placed.view.number)).await;
    assert_eq!(list["orders"][0]["handed_over"], json!([{ "line": 2, "quantity_centi": 100 }]));
    server.wait_until_settled(id).await;
    let shipped: Vec<i64> = server.shipments().await.iter().map(|row| kopecks(&row["amount"])).collect();
    assert_eq!(shipped, [45_000], "the wash and the fuel went back");
}

async fn goods_are_handed_over_while_the_pump_runs(server: TestServer) {
    let mut order = fuel_sale();
    order["pump"] = Value::Null;
    order["items"] = json!([{ "sku": "washer-20" }]);
    let placed = server.sell(&order).await;
    server.pay(&placed.payment_url).await;
    let id = placed.order_id.as_str();
    server.wait_for_status(id, "paid").await;
    let handed = json!({ "items": [{ "line": 2, "quantity_centi": 100 }] });
    let (status, view) = act(&server, id, "complete", &handed).await;
    assert_eq!((status, &view["status"]), (200, &json!("paid")), "the fuel is still to come: {view}");
    // Nobody fuels: the bottle is paid, the fuel goes back.
    assert_eq!(act(&server, id, "cancel", &Value::Null).await.0, 200);
    let view = until("the sums", || async {
        Some(server.order(id).await).filter(|view| view.final_kopecks.is_some())
    })
    .await;
    assert_eq!((view.status.as_str(), view.final_kopecks), ("canceled", Some(45_000)), "{view}");
}
