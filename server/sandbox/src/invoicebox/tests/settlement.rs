//! Shipments, refunds, fees, and money that is only held.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::{EmulatorFixture, ORDERS_PATH, line, money};

const SHIPMENT_PATH: &str = "v3/billing/api/order/shipment";
const REFUND_PATH: &str = "v3/billing/api/order/refund-order";
const CORRECTION_PATH: &str = "v3/billing/api/order/correction-order";

/// 40 l at 62.37: 2494.80 with 449.88 of tax.
fn fuel(fixture: &EmulatorFixture, number: &str) -> Value {
    let mut draft = fixture.draft(number);
    draft["amount"] = money("2494.80");
    draft["vatAmount"] = money("449.88");
    draft["basketItems"] = json!([line("AI92", "40", "62.37", ["51.12", "2494.80", "449.88"], "RUS_VAT22")]);
    draft
}

fn dispensed() -> Value {
    line("AI92", "37.41", "62.37", ["51.12", "2333.26", "420.75"], "RUS_VAT22")
}

fn rest() -> Value {
    line("AI92", "2.59", "62.37", ["51.12", "161.54", "29.13"], "RUS_VAT22")
}

async fn paid(fixture: &EmulatorFixture, number: &str, action: &str) -> String {
    let order = fixture.order(&fuel(fixture, number)).await;
    fixture.control(json!({"notifications": {"delay_ms": 0}, "limits": {"enabled": false}}));
    fixture.control(json!({"order": {"merchantOrderId": number, "action": action}}));
    order["id"].as_str().unwrap().to_owned()
}

fn shipment(order_id: &str, items: &[Value], is_final: bool) -> Value {
    json!({"orderId": order_id, "basketItems": items, "documentNumber": "D-1", "documentDate": "2026-11-24",
           "final": is_final})
}

fn refund(order_id: &str, number: &str, sums: [&str; 2], items: &[Value]) -> Value {
    json!({"parentId": order_id, "merchantOrderId": number, "amount": money(sums[0]), "vatAmount": money(sums[1]),
           "basketItems": items, "description": "Возврат остатка"})
}

async fn available(fixture: &EmulatorFixture, id: &str) -> (Value, Value) {
    let (status, answer) =
        fixture.call("GET", &format!("{ORDERS_PATH}/{id}/refund-basket-item"), &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    (answer["data"][0]["availableAmount"].clone(), answer["data"][0]["availableVatAmount"].clone())
}

async fn refused(fixture: &EmulatorFixture, path: &str, body: &Value) -> (u16, String) {
    let method = if body.is_null() { "DELETE" } else { "POST" };
    let (status, answer) = fixture.call(method, path, body).await;
    (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn wrong_status() -> (u16, String) {
    (422, "wrong_order_status".to_owned())
}

#[tokio::test]
async fn a_shipment_is_recorded_and_its_documents_come_by_the_clock() {
    let fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1", "pay").await;
    let (status, answer) = fixture.call("POST", SHIPMENT_PATH, &shipment(&id, &[dispensed()], true)).await;
    assert_eq!(status, 200, "{answer}");
    let made = &answer["data"];
    assert!(made["id"].is_u64() && made["fileIds"] == json!([]));
    assert_eq!((&made["amount"], &made["vatAmount"]), (&money("2333.26"), &money("420.75")));
    assert_eq!((&made["status"], &made["documentNumber"]), (&json!("draft"), &json!("D-1")));
    for (seconds, expected) in [(5, "pending"), (55, "completed")] {
        fixture.clock.advance(Duration::from_secs(seconds));
        for module in ["filter", "billing"] {
            let list = format!("v3/{module}/api/order/shipment?orderId={id}");
            let (_, answer) = fixture.call("GET", &list, &Value::Null).await;
            assert_eq!(answer["data"][0]["status"], expected, "{module}");
            assert_eq!(answer["metaData"]["totalCount"], 1);
        }
    }
    let (_, answer) =
        fixture.call("GET", &format!("v3/filter/api/order/shipment?id={}", made["id"]), &Value::Null).await;
    let document = answer["data"][0]["fileIds"][0].as_str().unwrap();
    let shown = Request::get(format!("/sandbox/documents/{document}")).body(Body::empty()).unwrap();
    let (status, _, html) = fixture.send(shown).await;
    assert!(status == 200 && html.contains("УПД D-1") && html.contains("2333.26"), "{html}");
}

#[tokio::test]
async fn shipments_never_exceed_the_order_and_final_is_the_last() {
    let fixture = EmulatorFixture::new().await;
    let unpaid = fixture.order(&fuel(&fixture, "unpaid")).await["id"].as_str().unwrap().to_owned();
    assert_eq!(
        refused(&fixture, SHIPMENT_PATH, &shipment(&unpaid, &[dispensed()], true)).await,
        wrong_status()
    );
    let id = paid(&fixture, "A-1", "pay").await;
    let unordered = line("AI95", "1", "62.37", ["51.12", "62.37", "11.25"], "RUS_VAT22");
    let validation = (422, "validation".to_owned());
    assert_eq!(refused(&fixture, SHIPMENT_PATH, &shipment(&id, &[unordered], false)).await, validation);
    let mut wrong = dispensed();
    wrong["totalAmount"] = money("2333.30");
    let sums = (422, "wrong_basket_item_total_amount".to_owned());
    assert_eq!(refused(&fixture, SHIPMENT_PATH, &shipment(&id, &[wrong], false)).await, sums);
    assert_eq!(fixture.call("POST", SHIPMENT_PATH, &shipment(&id, &[dispensed()], false)).await.0, 200);
    let (status, answer) = fixture.call("POST", SHIPMENT_PATH, &shipment(&id, &[dispensed()], false)).await;
    assert_eq!(status, 422);
    assert_eq!(answer["error"]["fields"][0]["name"], "basketItems[0].totalAmount");
    assert_eq!(fixture.call("POST", SHIPMENT_PATH, &shipment(&id, &[rest()], true)).await.0, 200);
    assert_eq!(refused(&fixture, SHIPMENT_PATH, &shipment(&id, &[rest()], true)).await, wrong_status());
    let nobody = shipment("0199f0a1-0000-4000-8000-00000000000b", &[rest()], true);
    assert_eq!(refused(&fixture, SHIPMENT_PATH, &nobody).await.0, 404);
}

#[tokio::test]
async fn a_shipment_captures_its_part_of_a_reserve_and_final_releases_the_rest() {
    let mut fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1", "hold").await;
    assert_eq!(fixture.shop.next().await.json()["status"], "hold");
    let early = refund(&id, "R-0", ["161.54", "29.13"], &[rest()]);
    assert_eq!(refused(&fixture, REFUND_PATH, &early).await, wrong_status());
    assert_eq!(fixture.call("POST", SHIPMENT_PATH, &shipment(&id, &[dispensed()], true)).await.0, 200);
    let notified = fixture.shop.next().await.json();
    assert_eq!((&notified["status"], notified["paidAt"].is_string()), (&json!("completed"), true));
    // The rest was never taken, so it cannot come back.
    assert_eq!(available(&fixture, &id).await, (money("2333.26"), money("420.75")));
    assert_eq!(refused(&fixture, &format!("{ORDERS_PATH}/{id}"), &Value::Null).await, wrong_status());
}

#[tokio::test]
async fn the_clock_releases_a_reserve_and_what_is_left_of_one() {
    let mut fixture = EmulatorFixture::new().await;
    fixture.control(json!({"hold_minutes": 60}));
    let untouched = paid(&fixture, "A-1", "hold").await;
    fixture.shop.next().await;
    let touched = paid(&fixture, "A-2", "hold").await;
    fixture.shop.next().await;
    assert_eq!(fixture.call("POST", SHIPMENT_PATH, &shipment(&touched, &[dispensed()], false)).await.0, 200);
    assert_eq!(fixture.shop.next().await.json()["status"], "completed");
    fixture.clock.advance(Duration::from_secs(3600));
    let notified = fixture.shop.next().await.json();
    assert_eq!((&notified["id"], &notified["status"]), (&json!(untouched), &json!("canceled")));
    assert_eq!(fixture.status(&touched).await, "completed");
    assert_eq!(refused(&fixture, SHIPMENT_PATH, &shipment(&touched, &[rest()], true)).await, wrong_status());
}

#[tokio::test]
async fn a_held_order_is_released_by_cancelling() {
    let mut fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1", "hold").await;
    assert_eq!(fixture.shop.next().await.json()["status"], "hold");
    let (status, answer) = fixture.call("DELETE", &format!("{ORDERS_PATH}/{id}"), &Value::Null).await;
    assert_eq!((status, &answer["data"]["status"]), (200, &json!("canceled")));
    assert_eq!(fixture.shop.next().await.json()["status"], "canceled");
}

#[tokio::test]
async fn refunds_take_from_what_is_available_under_numbers_that_never_repeat() {
    let fixture = EmulatorFixture::new().await;
    let unpaid = fixture.order(&fuel(&fixture, "unpaid")).await["id"].as_str().unwrap().to_owned();
    let early = refund(&unpaid, "R-1", ["161.54", "29.13"], &[rest()]);
    assert_eq!(refused(&fixture, REFUND_PATH, &early).await, wrong_status());
    let id = paid(&fixture, "A-1", "pay").await;
    fixture.call("POST", SHIPMENT_PATH, &shipment(&id, &[dispensed()], true)).await;
    assert_eq!(available(&fixture, &id).await, (money("2494.80"), money("449.88")));

    let good = refund(&id, "R-1", ["161.54", "29.13"], &[rest()]);
    let mut header = good.clone();
    header["amount"] = money("161.50");
    assert_eq!(refused(&fixture, REFUND_PATH, &header).await, (422, "wrong_total_amount".to_owned()));
    let (status, answer) = fixture.call("POST", REFUND_PATH, &good).await;
    assert_eq!(status, 200, "{answer}");
    let made = &answer["data"];
    assert_eq!(
        (&made["status"], &made["currencyId"], &made["parentId"]),
        (&json!("created"), &json!("RUB"), &json!(id))
    );
    assert_eq!(available(&fixture, &id).await, (money("2333.26"), money("420.75")));

    let duplicate = (422, "merchant_order_id_duplicate".to_owned());
    fixture.control(json!({"duplicates_allowed": [super::MERCHANT_ID]}));
    assert_eq!(refused(&fixture, REFUND_PATH, &good).await, duplicate);
    let all = line("AI92", "40", "62.37", ["51.12", "2494.80", "449.88"], "RUS_VAT22");
    let over = refund(&id, "R-2", ["2494.80", "449.88"], &[all]);
    assert_eq!(refused(&fixture, REFUND_PATH, &over).await, (422, "validation".to_owned()));

    let list = "v3/filter/api/order/refund-order?merchantOrderId=R-1";
    assert_eq!(fixture.call("GET", list, &Value::Null).await.1["data"][0]["status"], "created");
    fixture.clock.advance(Duration::from_secs(2 * 24 * 3600));
    assert_eq!(fixture.call("GET", list, &Value::Null).await.1["data"][0]["status"], "completed");
    let other = format!("v3/filter/api/order/refund-order?parentId={unpaid}");
    assert_eq!(fixture.call("GET", &other, &Value::Null).await.1["data"], json!([]));
}

#[tokio::test]
async fn a_canceled_refund_gives_its_part_back_and_the_last_rest_keeps_rounding() {
    let fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1", "pay").await;
    assert_eq!(
        fixture.call("POST", REFUND_PATH, &refund(&id, "R-1", ["161.54", "29.13"], &[rest()])).await.0,
        200
    );
    fixture.control(json!({"refund": {"merchantOrderId": "R-1", "status": "canceled"}}));
    assert_eq!(available(&fixture, &id).await, (money("2494.80"), money("449.88")));
    // A hundred small parts leave a tax that no formula gives; the whole rest is taken all the same.
    for part in 0..100 {
        let item = line("AI92", "0.01", "62.37", ["51.12", "0.62", "0.11"], "RUS_VAT22");
        let number = format!("part-{part}");
        assert_eq!(
            fixture.call("POST", REFUND_PATH, &refund(&id, &number, ["0.62", "0.11"], &[item])).await.0,
            200
        );
    }
    assert_eq!(available(&fixture, &id).await, (money("2432.80"), money("438.88")));
    let whole = line("AI92", "1", "2432.80", ["1994.10", "2432.80", "438.88"], "RUS_VAT22");
    let (status, answer) =
        fixture.call("POST", REFUND_PATH, &refund(&id, "whole", ["2432.80", "438.88"], &[whole])).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(available(&fixture, &id).await, (money("0"), money("0")));
}

#[tokio::test]
async fn a_fee_is_withheld_from_a_draft_refund() {
    let fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1", "pay").await;
    let mut draft = refund(&id, "R-1", ["161.54", "29.13"], &[rest()]);
    draft["status"] = json!("draft");
    let (_, answer) = fixture.call("POST", REFUND_PATH, &draft).await;
    let refund_id = answer["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(answer["data"]["status"], "draft");
    fixture.clock.advance(Duration::from_secs(1700));

    let mut fee = fuel(&fixture, "FEE-1");
    let with = |fee: &mut Value, sums: [&str; 3]| {
        fee["amount"] = money(sums[1]);
        fee["vatAmount"] = money(sums[2]);
        fee["basketItems"] = json!([line("FEE", "1", sums[1], sums, "RUS_VAT22")]);
    };
    with(&mut fee, ["81.97", "100", "18.03"]);
    let validation = (422, "validation".to_owned());
    assert_eq!(refused(&fixture, CORRECTION_PATH, &fee).await, validation, "no refund is named");
    fee["parentId"] = json!(refund_id);
    with(&mut fee, ["163.93", "200", "36.07"]);
    assert_eq!(refused(&fixture, CORRECTION_PATH, &fee).await, validation, "more than the refund");
    with(&mut fee, ["81.97", "100", "18.03"]);
    let (status, answer) = fixture.call("POST", CORRECTION_PATH, &fee).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        (&answer["data"]["status"], &answer["data"]["parentId"]),
        (&json!("completed"), &json!(refund_id))
    );
    assert_eq!(
        refused(&fixture, CORRECTION_PATH, &{
            fee["merchantOrderId"] = json!("FEE-2");
            fee.clone()
        })
        .await,
        wrong_status()
    );
    let list = format!("v3/filter/api/order/refund-order?id={refund_id}");
    assert_eq!(fixture.call("GET", &list, &Value::Null).await.1["data"][0]["status"], "created");
}

#[tokio::test]
async fn cancelling_follows_the_table_of_means_and_shipments() {
    let fixture = EmulatorFixture::new().await;
    for (means, shipped, refused_unless, expected) in [
        ("guarantee", false, false, 200),
        ("hold", false, false, 200),
        ("pay", false, false, 422),
        ("guarantee", true, false, 422),
        ("hold", true, false, 422),
        ("guarantee", false, true, 422),
    ] {
        fixture.control(json!({"cancel_needs_shipping_unavailable": refused_unless}));
        let number = format!("{means}-{shipped}-{refused_unless}");
        let id = paid(&fixture, &number, means).await;
        if shipped {
            fixture.call("POST", SHIPMENT_PATH, &shipment(&id, &[dispensed()], false)).await;
        }
        let (status, answer) = fixture.call("DELETE", &format!("{ORDERS_PATH}/{id}"), &Value::Null).await;
        assert_eq!(status, expected, "{number}: {answer}");
    }
    // A guarantee of which a part is on its way back is not reversed as a whole.
    fixture.control(json!({"cancel_needs_shipping_unavailable": false}));
    let id = paid(&fixture, "partly", "guarantee").await;
    assert_eq!(
        fixture.call("POST", REFUND_PATH, &refund(&id, "R-9", ["161.54", "29.13"], &[rest()])).await.0,
        200
    );
    assert_eq!(refused(&fixture, &format!("{ORDERS_PATH}/{id}"), &Value::Null).await, wrong_status());
}

#[tokio::test]
async fn other_merchants_see_neither_shipments_nor_refunds() {
    let fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1", "pay").await;
    fixture.call("POST", SHIPMENT_PATH, &shipment(&id, &[dispensed()], false)).await;
    fixture.call("POST", REFUND_PATH, &refund(&id, "R-1", ["161.54", "29.13"], &[rest()])).await;
    for list in ["v3/filter/api/order/shipment", "v3/filter/api/order/refund-order"] {
        let (_, _, answer) = fixture.call_as(Some("other"), "GET", list, "").await;
        assert_eq!(answer["data"], json!([]), "{list}");
    }
    let body = shipment(&id, &[rest()], true).to_string();
    assert_eq!(fixture.call_as(Some("other"), "POST", SHIPMENT_PATH, &body).await.0, 403);
    let path = format!("{ORDERS_PATH}/{id}/refund-basket-item");
    assert_eq!(fixture.call_as(Some("other"), "GET", &path, "").await.0, 403);
    fixture.control(json!({"plain_refund_items": true}));
    let (_, answer) = fixture.call("GET", &path, &Value::Null).await;
    assert!(answer["data"][0].get("availableAmount").is_none() && answer["data"][0]["sku"] == "AI92");
}
