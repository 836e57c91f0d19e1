//! Credentials, envelopes, field rules, and the life of an order.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::wire;
use super::{API_TOKEN, EmulatorFixture, MERCHANT_ID, ORDERS_PATH, OTHER_MERCHANT_ID, money};

const AUTH_PATH: &str = "v3/security/api/auth/auth";

fn names(answer: &Value) -> Vec<&str> {
    answer["error"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn credentials_decide_what_is_answered() {
    let fixture = EmulatorFixture::new().await;
    let (status, headers, answer) = fixture.call_as(Some(API_TOKEN), "GET", AUTH_PATH, "").await;
    assert_eq!(status, 200);
    assert!(wire::is_id(answer["data"]["userId"].as_str().unwrap()));
    assert_eq!(answer["extendedData"], json!([]));
    assert!(headers.contains_key("x-request-id"));

    let (status, _, answer) = fixture.call_as(None, "GET", AUTH_PATH, "").await;
    assert_eq!((status, &answer["data"]["userId"]), (200, &Value::Null));
    let (status, _, answer) = fixture.call_as(Some("nobody"), "GET", AUTH_PATH, "").await;
    assert_eq!(status, 401);
    assert_eq!(answer, json!({"error": {"message": "Unauthorized", "code": "unauthorized"}}));
    let (status, _, answer) = fixture.call_as(Some("powerless"), "GET", AUTH_PATH, "").await;
    assert_eq!(status, 403);
    assert_eq!(answer, json!({"error": {"message": "Forbidden", "code": "forbidden", "fields": []}}));

    let draft = fixture.draft("A-1").to_string();
    assert_eq!(fixture.call_as(None, "POST", ORDERS_PATH, &draft).await.0, 401);
    assert_eq!(fixture.call_as(Some("other"), "POST", ORDERS_PATH, &draft).await.0, 403);
    let order = fixture.order(&fixture.draft("A-1")).await;
    let one = format!("{ORDERS_PATH}/{}", order["id"].as_str().unwrap());
    assert_eq!(fixture.call_as(Some("other"), "GET", &one, "").await.0, 403);
}

#[tokio::test]
async fn both_prefixes_lead_to_the_same_and_others_nowhere() {
    let fixture = EmulatorFixture::new().await;
    assert_eq!(fixture.call("GET", "l3/security/api/auth/auth", &Value::Null).await.0, 200);
    for path in ["v3/billing/api/nothing", "v4/security/api/auth/auth", "v3"] {
        let (status, headers, answer) = fixture.call_as(None, "GET", path, "").await;
        assert_eq!((status, &answer["error"]["code"]), (404, &json!("not_found")), "{path}");
        assert!(headers.contains_key("x-request-id"));
    }
    let (status, answer) =
        fixture.call("GET", &format!("{ORDERS_PATH}/{OTHER_MERCHANT_ID}"), &Value::Null).await;
    assert_eq!((status, &answer["error"]["code"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn a_new_order_is_echoed_with_what_the_service_adds() {
    let fixture = EmulatorFixture::new().await;
    let mut draft = fixture.draft("A-1");
    draft["expirationDate"] = json!("2099-01-01T12:30:00+03:00");
    draft["shopId"] = json!("4711");
    draft["amount"] = json!("2900.96");
    draft["userAccountId"] = Value::Null;
    draft["surprise"] = json!(1);
    let order = fixture.order(&draft).await;
    let (id, container) = (order["id"].as_str().unwrap(), order["orderContainerId"].as_str().unwrap());
    assert!(wire::is_id(id) && wire::is_id(container) && id != container);
    assert_eq!(order["paymentUrl"], format!("http://127.0.0.1:3000/sandbox/pay/{container}"));
    assert_eq!(order["status"], "created");
    assert_eq!(order["amount"], money("2900.96"));
    assert_eq!(order["shopId"], money("4711"));
    assert_eq!(order["expirationDate"], "2099-01-01T09:30:00+00:00");
    assert_eq!(order["languageId"], "ru");
    assert_eq!(order["customer"]["countryId"], "RUS");
    assert_eq!(order["basketItems"][0]["measure"], "шт");
    assert_eq!(order["subtype"], "order");
    assert_eq!(order["processable"], true);
    assert_eq!(order["merchantOrderIdVisible"], "A-1");
    for missing in ["surprise", "paidAt", "userAccountId", "orderSetting"] {
        assert!(order.get(missing).is_none(), "{missing}");
    }
    let later = fixture.order(&fixture.draft("A-2")).await;
    assert!(later["id"].as_str().unwrap() > id, "ids sort by age");
}

#[tokio::test]
async fn every_failing_path_is_named() {
    let fixture = EmulatorFixture::new().await;
    let mut draft = fixture.draft("A-1");
    draft["description"] = json!("я".repeat(1001));
    draft["merchantOrderId"] = json!("");
    draft["customer"]["type"] = json!("robot");
    draft["basketItems"][1]["type"] = json!(28);
    draft["basketItems"][2].as_object_mut().unwrap().remove("measureCode");
    draft["successUrl"] = json!("https://pay.invoicebox.ru/x");
    draft["expirationDate"] = json!("tomorrow");
    let (status, answer) = fixture.call("POST", ORDERS_PATH, &draft).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("validation")));
    let expected = [
        "merchantOrderId",
        "description",
        "expirationDate",
        "basketItems[1].type",
        "basketItems[2].measureCode",
        "customer.type",
        "successUrl",
    ];
    assert_eq!(names(&answer), expected);

    draft = fixture.draft("A-1");
    draft["description"] = json!("я".repeat(1000));
    fixture.order(&draft).await;
    let (status, _, answer) = fixture.call_as(Some(API_TOKEN), "POST", ORDERS_PATH, "{\"merchantId\":").await;
    assert_eq!(status, 400, "{answer}");
}

#[tokio::test]
async fn values_outside_the_dictionaries_have_codes_of_their_own() {
    let fixture = EmulatorFixture::new().await;
    let past = wire::format_timestamp(fixture.clock.now() - Duration::from_secs(60));
    for (field, value, code) in [
        ("currencyId", json!("XXX"), "wrong_currency"),
        ("languageId", json!("tlh"), "language_not_found"),
        ("expirationDate", json!(past), "wrong_expiration_date"),
    ] {
        let mut draft = fixture.draft("A-1");
        draft[field] = value;
        let (status, answer) = fixture.call("POST", ORDERS_PATH, &draft).await;
        assert_eq!((status, &answer["error"]["code"]), (422, &json!(code)));
        assert_eq!(names(&answer), [field]);
    }
}

#[tokio::test]
async fn a_number_is_used_once_unless_the_merchant_may_repeat_it() {
    let fixture = EmulatorFixture::new().await;
    fixture.order(&fixture.draft("A-1")).await;
    let (status, answer) = fixture.call("POST", ORDERS_PATH, &fixture.draft("A-1")).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("merchant_order_id_duplicate")));
    fixture.control(json!({"duplicates_allowed": [MERCHANT_ID]}));
    fixture.order(&fixture.draft("A-1")).await;
}

#[tokio::test]
async fn an_order_expires_by_the_clock() {
    let fixture = EmulatorFixture::new().await;
    let order = fixture.order(&fixture.draft("A-1")).await;
    let id = order["id"].as_str().unwrap();
    fixture.clock.advance(Duration::from_secs(1799));
    assert_eq!(fixture.status(id).await, "created");
    fixture.clock.advance(Duration::from_secs(2));
    assert_eq!(fixture.status(id).await, "expired");
    let (status, answer) = fixture.call("DELETE", &format!("{ORDERS_PATH}/{id}"), &Value::Null).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("wrong_order_status")));
    let mut joining = fixture.draft("A-2");
    joining["orderContainerId"] = order["orderContainerId"].clone();
    let (status, answer) = fixture.call("POST", ORDERS_PATH, &joining).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("wrong_order_status")));
}

#[tokio::test]
async fn an_unpaid_order_can_be_changed_and_its_sums_are_checked_again() {
    let fixture = EmulatorFixture::new().await;
    let order = fixture.order(&fixture.draft("A-1")).await;
    let path = format!("{ORDERS_PATH}/{}", order["id"].as_str().unwrap());
    let (status, answer) = fixture.call("PUT", &path, &json!({"description": "Иначе"})).await;
    assert_eq!((status, &answer["data"]["description"]), (200, &json!("Иначе")));
    let (status, answer) = fixture.call("PUT", &path, &json!({"amount": 1})).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("wrong_total_amount")));
    fixture.control(json!({"order": {"merchantOrderId": "A-1", "action": "pay"}}));
    let (status, answer) = fixture.call("PUT", &path, &json!({"description": "Поздно"})).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("wrong_order_status")));
}

#[tokio::test]
async fn only_reversible_payments_can_be_cancelled() {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"notifications": {"delay_ms": 0}}));
    for (number, action, status) in
        [("1", "pay", 422), ("2", "guarantee", 200), ("3", "hold", 200), ("4", "expire", 422)]
    {
        let order = fixture.order(&fixture.draft(number)).await;
        let path = format!("{ORDERS_PATH}/{}", order["id"].as_str().unwrap());
        fixture.control(json!({"order": {"merchantOrderId": number, "action": action}}));
        assert_eq!(fixture.call("DELETE", &path, &Value::Null).await.0, status, "{action}");
    }
    fixture.control(json!({"cancel_needs_shipping_unavailable": true}));
    let order = fixture.order(&fixture.draft("5")).await;
    let path = format!("{ORDERS_PATH}/{}", order["id"].as_str().unwrap());
    fixture.shop.answers(&[]);
    fixture.control(json!({"order": {"merchantOrderId": "5", "action": "guarantee"}}));
    assert_eq!(fixture.call("DELETE", &path, &Value::Null).await.0, 422);
}

#[tokio::test]
async fn a_reserve_is_captured_or_released() {
    let fixture = EmulatorFixture::new().await;
    let order = fixture.order(&fixture.draft("A-1")).await;
    let id = order["id"].as_str().unwrap();
    fixture.control(json!({"order": {"merchantOrderId": "A-1", "action": "hold"}}));
    assert_eq!(fixture.status(id).await, "hold");
    fixture.control(json!({"order": {"id": id, "action": "capture"}}));
    assert_eq!(fixture.status(id).await, "completed");
    let order = fixture.order(&fixture.draft("A-2")).await;
    fixture.control(json!({"hold_minutes": 5, "order": {"merchantOrderId": "A-2", "action": "hold"}}));
    fixture.clock.advance(Duration::from_secs(301));
    let id = order["id"].as_str().unwrap();
    assert_eq!(fixture.status(id).await, "canceled");
    fixture.control(json!({"order": {"id": id, "action": "restore"}}));
    assert_eq!(fixture.status(id).await, "completed");
    assert!(fixture.sandbox.control(json!({"order": {"id": id, "action": "restore"}})).is_err());
}

#[tokio::test]
async fn only_orders_without_money_take_a_status_by_call() {
    let fixture = EmulatorFixture::new().await;
    let paid = fixture.order(&fixture.draft("A-1")).await;
    let mut draft = fixture.draft("A-2");
    draft["processable"] = json!(false);
    let free = fixture.order(&draft).await;
    for (order, word, expected) in
        [(&paid, "completed", 422), (&free, "completed", 200), (&free, "cancelled", 200)]
    {
        let path = format!("v3/billing/api/order/{}/status", order["id"].as_str().unwrap());
        let (status, answer) = fixture.call("PUT", &path, &json!({"status": word})).await;
        assert_eq!(status, expected, "{answer}");
    }
    assert_eq!(fixture.status(free["id"].as_str().unwrap()).await, "canceled");
}

#[tokio::test]
async fn control_refuses_what_it_does_not_know() {
    let fixture = EmulatorFixture::new().await;
    assert!(fixture.sandbox.control(json!({"latency": 5})).is_err());
    assert!(
        fixture
            .sandbox
            .control(json!({"latency_ms": 5, "fail_next": [{"route": "moon", "kind": "500"}]}))
            .is_err()
    );
    assert_eq!(fixture.control(json!({}))["knobs"]["latency_ms"], 0);
    assert!(fixture.sandbox.control(json!({"order": {"merchantOrderId": "none", "action": "pay"}})).is_err());
    fixture.order(&fixture.draft("A-1")).await;
    fixture.control(json!({"reset": true}));
    fixture.order(&fixture.draft("A-1")).await;
}

#[tokio::test]
async fn a_container_that_is_unknown_or_closed_cannot_be_joined() {
    let fixture = EmulatorFixture::new().await;
    let mut joining = fixture.draft("A-2");
    joining["orderContainerId"] = json!("0199f0a1-0000-4000-8000-0000000000ff");
    let (status, answer) = fixture.call("POST", ORDERS_PATH, &joining).await;
    assert_eq!((status, &answer["error"]["code"]), (404, &json!("not_found")));
    let main = fixture.order(&fixture.draft("A-1")).await;
    fixture.control(json!({"order": {"merchantOrderId": "A-1", "action": "pay"}}));
    joining["orderContainerId"] = main["orderContainerId"].clone();
    let (status, answer) = fixture.call("POST", ORDERS_PATH, &joining).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("wrong_order_status")));
}

#[tokio::test]
async fn cancelling_may_answer_nothing_to_show() {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"delete_answers_null": true}));
    let order = fixture.order(&fixture.draft("A-1")).await;
    let id = order["id"].as_str().unwrap();
    assert_eq!(
        fixture.call("DELETE", &format!("{ORDERS_PATH}/{id}"), &Value::Null).await,
        (200, json!({"data": null}))
    );
    assert_eq!(fixture.status(id).await, "canceled");
}

#[tokio::test]
async fn control_adds_tokens_and_merchants() {
    let fixture = EmulatorFixture::new().await;
    let third = "0199f0a1-0000-4000-8000-00000000000c";
    fixture.control(json!({
        "merchants": [third],
        "tokens": [{"token": "weak", "merchant_ids": []}, {"token": "third", "merchant_ids": [third]}],
    }));
    let mut draft = fixture.draft("A-1");
    draft["merchantId"] = json!(third);
    let order = fixture.order(&draft).await;
    let one = format!("{ORDERS_PATH}/{}", order["id"].as_str().unwrap());
    assert_eq!(fixture.call_as(Some("third"), "GET", &one, "").await.0, 200);
    assert_eq!(fixture.call_as(Some("weak"), "GET", &one, "").await.0, 403);
    fixture.control(json!({"reset": true}));
    assert_eq!(fixture.call_as(Some("third"), "GET", AUTH_PATH, "").await.0, 401);
}

#[tokio::test]
async fn an_unpaid_order_moves_to_another_merchant_of_the_account() {
    let fixture = EmulatorFixture::new().await;
    let second = "0199f0a1-0000-4000-8000-00000000000c";
    fixture.control(json!({"merchants": [second]}));
    let order = fixture.order(&fixture.draft("A-1")).await;
    let id = order["id"].as_str().unwrap();
    let path = "v3/billing/api/order/order-merchant-move";
    let to = |merchant: &str, id: &str| json!({"merchantId": merchant, "orderId": id});
    let (status, answer) = fixture.call("PUT", path, &to(second, id)).await;
    assert_eq!((status, &answer["data"]["merchantId"]), (200, &json!(second)));
    let list = format!("v3/filter/api/order/order?merchantId={second}&merchantOrderId=A-1");
    assert_eq!(fixture.call("GET", &list, &Value::Null).await.1["data"][0]["id"], id);
    // The number is free again with the first merchant, and taken with the second.
    let duplicate = fixture.order(&fixture.draft("A-1")).await;
    let (status, answer) = fixture.call("PUT", path, &to(second, duplicate["id"].as_str().unwrap())).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("merchant_order_id_duplicate")));
    assert_eq!(fixture.call("PUT", path, &to(OTHER_MERCHANT_ID, id)).await.0, 403);
    assert_eq!(fixture.call("PUT", path, &to(second, OTHER_MERCHANT_ID)).await.0, 404);
    fixture.control(json!({"order": {"id": id, "action": "pay"}}));
    let (status, answer) = fixture.call("PUT", path, &to(MERCHANT_ID, id)).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("wrong_order_status")));
}
