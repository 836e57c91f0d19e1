//! Services beside orders: the register of organisations, special offers, payment by guarantee, seeds.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::{API_TOKEN, EmulatorFixture, MERCHANT_ID, OTHER_MERCHANT_ID};

const LOOKUP_PATH: &str = "v3/filter/api/counterparty-detail";
const OFFER_PATH: &str = "v3/marketplace/api/special-offer";

#[tokio::test]
async fn organisations_are_looked_up_and_revalidated() {
    let fixture = EmulatorFixture::new().await;
    let look = |number: &str| format!("{LOOKUP_PATH}?vatNumber={number}");
    let (status, headers, answer) = fixture.call_as(Some(API_TOKEN), "GET", &look("7707083893"), "").await;
    assert_eq!((status, answer["metaData"]["totalCount"].as_u64()), (200, Some(1)));
    let found = &answer["data"][0];
    assert_eq!(
        (&found["name"], &found["taxRegistrationReasonCode"]),
        (&json!("ООО «Ромашка»"), &json!("773601001"))
    );

    let again = |tag: &str| {
        Request::get(format!("/sandbox/invoicebox/{}", look("7707083893")))
            .header("authorization", format!("Bearer {API_TOKEN}"))
            .header("if-none-match", tag)
            .body(Body::empty())
            .unwrap()
    };
    let tag = headers["etag"].to_str().unwrap();
    let (status, headers, body) = fixture.send(again(tag)).await;
    assert_eq!((status.as_u16(), body.as_str()), (304, ""));
    assert!(headers.contains_key("x-request-id"));
    assert_eq!(fixture.send(again("\"stale\"")).await.0, 200);

    let (_, answer) = fixture.call("GET", &look("500100732259"), &Value::Null).await;
    assert!(answer["data"][0].get("taxRegistrationReasonCode").is_none(), "a sole trader has none");
    let (_, answer) = fixture.call("GET", &look("770000002700"), &Value::Null).await;
    assert_eq!(answer["data"][0].as_object().unwrap().len(), 2, "id and number only");
    let (status, answer) = fixture.call("GET", &look("7736207543"), &Value::Null).await;
    assert_eq!((status, &answer["data"]), (200, &json!([])), "nobody is found with 200");
    assert_eq!(fixture.call_as(None, "GET", &look("7707083893"), "").await.0, 401);
}

#[tokio::test]
async fn an_offer_is_added_and_then_changed_under_its_external_id() {
    let fixture = EmulatorFixture::new().await;
    let offer = json!({
        "merchantId": MERCHANT_ID, "externalId": "summer", "name": "Лето", "active": true,
        "startAt": "2026-06-01T00:00:00+03:00", "finishAt": "2026-09-01T00:00:00+03:00",
        "description": "Кофе в подарок", "tags": ["кофе"],
    });
    let (status, answer) = fixture.call("POST", OFFER_PATH, &offer).await;
    assert_eq!((status, &answer["data"]["startAt"]), (200, &json!("2026-05-31T21:00:00+00:00")));
    let id = answer["data"]["id"].clone();
    assert!(id.is_u64());
    let mut changed = offer.clone();
    changed["active"] = json!(false);
    let (_, answer) = fixture.call("POST", OFFER_PATH, &changed).await;
    assert_eq!((&answer["data"]["id"], &answer["data"]["active"]), (&id, &json!(false)));
    changed["externalId"] = json!("winter");
    assert_ne!(fixture.call("POST", OFFER_PATH, &changed).await.1["data"]["id"], id);

    for (name, value, status) in [
        ("externalId", json!("x".repeat(37)), 422),
        ("description", json!("я".repeat(1001)), 422),
        ("tags", json!("кофе"), 422),
        ("finishAt", json!("2026-05-01T00:00:00+03:00"), 422),
        ("merchantId", json!(OTHER_MERCHANT_ID), 403),
    ] {
        let mut wrong = offer.clone();
        wrong[name] = value;
        assert_eq!(fixture.call("POST", OFFER_PATH, &wrong).await.0, status, "{name}");
    }
}

struct Guarantee<'a> {
    fixture: &'a EmulatorFixture,
    id: String,
    vat_number: &'a str,
}

impl Guarantee<'_> {
    async fn step(&self, step: &str, data: Option<Value>) -> Value {
        let mut body =
            json!({"paymentMethodId": "7", "languageId": "ru", "customer": {"vatNumber": self.vat_number}});
        if let Some(data) = data {
            body["customerPaymentData"] = data;
        }
        let path = format!("v3/billing/api/order/{}/payment-method-action/{step}", self.id);
        let (status, answer) = self.fixture.call("POST", &path, &body).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }

    async fn pay(&self, public: &Value, code: &str) -> Value {
        self.step("pay", Some(json!({"publicCode": public, "code": code}))).await
    }
}

async fn payer<'a>(fixture: &'a EmulatorFixture, number: &str, vat_number: &'a str) -> Guarantee<'a> {
    let order = fixture.order(&fixture.draft(number)).await;
    Guarantee { fixture, id: order["id"].as_str().unwrap().to_owned(), vat_number }
}

#[tokio::test]
async fn a_guarantee_pays_with_the_code_that_was_sent() {
    let mut fixture = EmulatorFixture::new().await;
    fixture.control(json!({"notifications": {"delay_ms": 0}}));
    let payer = payer(&fixture, "A-1", "7707083893").await;
    assert_eq!(payer.step("validate", None).await["result"], "available");
    let sent = payer.step("send-code", None).await;
    assert_eq!(
        (&sent["type"], &sent["result"], &sent["resultData"]["leftAttempt"]),
        (&json!("none"), &json!("success"), &json!(3))
    );
    let public = sent["resultData"]["publicCode"].clone();
    assert_eq!(payer.step("send-code", None).await["result"], "codeAlreadySent");
    let wrong = payer.pay(&public, "0000").await;
    assert_eq!((&wrong["result"], &wrong["resultData"]["leftAttempt"]), (&json!("wrongCode"), &json!(2)));
    assert_eq!(payer.pay(&public, "1234").await["result"], "success");
    assert_eq!(payer.pay(&public, "1234").await["result"], "alreadyPaid");
    let path = format!("{}/{}", super::ORDERS_PATH, payer.id);
    assert_eq!(fixture.shop.next().await.json()["status"], "completed");
    assert_eq!(fixture.call("DELETE", &path, &Value::Null).await.0, 200, "a guarantee is reversible");
}

#[tokio::test]
async fn a_guarantee_counts_attempts_and_knows_its_payers() {
    let fixture = EmulatorFixture::new().await;
    let spent = payer(&fixture, "A-1", "7707083893").await;
    assert_eq!(spent.pay(&json!("none"), "1234").await["result"], "error", "no code was sent");
    let public = spent.step("send-code", None).await["resultData"]["publicCode"].clone();
    for expected in ["wrongCode", "wrongCode", "limitReached"] {
        assert_eq!(spent.pay(&public, "9999").await["result"], expected);
    }
    assert_eq!(spent.pay(&public, "1234").await["result"], "limitReached", "also the right one");
    fixture.clock.advance(Duration::from_secs(60));
    let public = spent.step("send-code", None).await["resultData"]["publicCode"].clone();
    assert_eq!(spent.pay(&public, "1234").await["result"], "success");

    for (number, vat_number, coverage) in [
        ("A-2", "7701234560", "notEnoughMoney"),
        ("A-3", "770000002700", "notRegistered"),
        ("A-4", "", "notRegistered"),
    ] {
        let payer = payer(&fixture, number, vat_number).await;
        assert_eq!(payer.step("validate", None).await["result"], coverage);
        assert_eq!(payer.step("send-code", None).await["result"], "error");
    }
    let unregistered = payer(&fixture, "A-5", "770000002700").await;
    let refused = unregistered.pay(&json!("x"), "1234").await;
    assert_eq!(refused["type"], "message");
    assert!(refused["resultData"]["message"]["title"].is_string());
    let path = format!("v3/billing/api/order/{}/payment-method-action/dance", unregistered.id);
    assert_eq!(fixture.call("POST", &path, &json!({})).await.0, 404);
}

#[tokio::test]
async fn seeds_show_every_status() {
    let fixture = EmulatorFixture::new().await;
    let answer = fixture.control(json!({"seed": 6}));
    assert_eq!(answer["seed"].as_array().unwrap().len(), 6);
    let (_, answer) = fixture.call("GET", "v3/filter/api/order/order", &Value::Null).await;
    let mut statuses: Vec<&str> =
        answer["data"].as_array().unwrap().iter().map(|order| order["status"].as_str().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["canceled", "completed", "completed", "created", "expired", "hold"]);
    assert!(fixture.sandbox.control(json!({"seed": 51})).is_err());
}

#[tokio::test]
async fn latency_is_spread_as_configured() {
    let fixture = EmulatorFixture::new().await;
    let switches =
        json!({"latency_by_route": {"list": {"min": 0, "p50": 1, "p99": 2, "max": 3}, "create": 4}});
    let answer = fixture.control(switches.clone());
    assert_eq!(answer["knobs"]["latency_by_route"], switches["latency_by_route"]);
    assert_eq!(fixture.call("GET", "v3/filter/api/order/order", &Value::Null).await.0, 200);
    assert!(fixture.sandbox.control(json!({"latency_by_route": {"list": {"p50": 1}}})).is_err());
}
