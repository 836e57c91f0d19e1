//! Documents of the merchant's office, pages of lists, and the tax of the last part of a line.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EmulatorFixture, MERCHANT_ID, ORDERS_PATH, line, money};

const REFUND_PATH: &str = "v3/billing/api/order/refund-order";
const REFUNDS_PATH: &str = "v3/filter/api/order/refund-order";
const SHIPMENTS_PATH: &str = "v3/filter/api/order/shipment";

/// Nine of something at 12.34 and a 22 % tax of 20.03.
async fn paid(fixture: &EmulatorFixture, number: &str) -> String {
    let mut draft = fixture.draft(number);
    draft["amount"] = money("111.06");
    draft["vatAmount"] = money("20.03");
    draft["basketItems"] = json!([line("ICE", "9", "12.34", ["10.114754", "111.06", "20.03"], "RUS_VAT22")]);
    let order = fixture.order(&draft).await;
    fixture.control(json!({"notifications": {"delay_ms": 0}, "limits": {"enabled": false}}));
    fixture.control(json!({"order": {"merchantOrderId": number, "action": "pay"}}));
    order["id"].as_str().unwrap().to_owned()
}

async fn rows(fixture: &EmulatorFixture, path: &str) -> Vec<Value> {
    let (status, answer) = fixture.call("GET", path, &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    answer["data"].as_array().unwrap().clone()
}

async fn available(fixture: &EmulatorFixture, id: &str) -> (Value, Value) {
    let item = rows(fixture, &format!("{ORDERS_PATH}/{id}/refund-basket-item")).await.remove(0);
    (item["availableAmount"].clone(), item["availableVatAmount"].clone())
}

/// A refund of one unit with these sums: price without tax, total, tax.
async fn refund(fixture: &EmulatorFixture, id: &str, number: &str, sums: [&str; 3]) -> (u16, Value) {
    let item = line("ICE", "1", sums[1], sums, "RUS_VAT22");
    let body = json!({"parentId": id, "merchantOrderId": number, "amount": money(sums[1]),
        "vatAmount": money(sums[2]), "basketItems": [item], "description": "Возврат"});
    fixture.call("POST", REFUND_PATH, &body).await
}

#[tokio::test]
async fn every_profile_takes_the_last_kopeck_of_a_line() {
    for (profile, refund_vat) in [
        ("lenient", "available"),
        ("lenient", "formula"),
        ("strict-line", "available"),
        ("strict-line", "formula"),
    ] {
        let case = format!("{profile} {refund_vat}");
        let fixture = EmulatorFixture::new().await;
        fixture.control(json!({"profile": profile, "refund_vat": refund_vat}));
        let id = paid(&fixture, "A-1").await;
        for part in 0..8 {
            let (status, answer) =
                refund(&fixture, &id, &format!("R-{part}"), ["10.11", "12.34", "2.23"]).await;
            assert_eq!(status, 200, "{case}: {answer}");
        }
        // By formula 2.23; no more than 2.19 is left.
        assert_eq!(available(&fixture, &id).await, (money("12.34"), money("2.19")), "{case}");
        let (status, answer) = refund(&fixture, &id, "over", ["10.11", "12.34", "2.23"]).await;
        assert_eq!(status, 422, "{case}: {answer}");
        let (status, answer) = refund(&fixture, &id, "nearly", ["10.10", "12.33", "2.19"]).await;
        assert_eq!(status, 200, "{case}: {answer}");
        let (status, answer) = refund(&fixture, &id, "last", ["0.01", "0.01", "0.00"]).await;
        assert_eq!(status, 200, "{case}: {answer}");
        assert_eq!(available(&fixture, &id).await, (money("0"), money("0")), "{case}");
    }
}

#[tokio::test]
async fn a_tax_that_the_other_parts_have_left_is_right_by_switch_only() {
    for (refund_vat, expected) in [("available", 200), ("formula", 422)] {
        let fixture = EmulatorFixture::new().await;
        fixture.control(json!({"refund_vat": refund_vat}));
        let id = paid(&fixture, "A-1").await;
        for part in 0..10 {
            assert_eq!(refund(&fixture, &id, &format!("R-{part}"), ["0.01", "0.02", "0.00"]).await.0, 200);
        }
        // 110.86 with a tax of 20.03 left, where 19.99 follows from the formula.
        let (status, answer) = refund(&fixture, &id, "rest", ["90.83", "110.86", "20.03"]).await;
        assert_eq!(status, expected, "{refund_vat}: {answer}");
        if expected == 422 {
            assert_eq!(answer["error"]["code"], "wrong_basket_item_total_vat_amount");
            assert_eq!(refund(&fixture, &id, "rest", ["90.87", "110.86", "19.99"]).await.0, 200);
        }
        assert_eq!(available(&fixture, &id).await.0, money("0"));
    }
}

#[tokio::test]
async fn lists_have_pages_of_thirty_and_fewer_by_switch() {
    let fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1").await;
    fixture
        .control(json!({"office": {"merchantOrderId": "A-1", "action": "refund", "amount": 1, "count": 45}}));
    let (_, answer) = fixture.call("GET", &format!("{REFUNDS_PATH}?_pageSize=50"), &Value::Null).await;
    assert_eq!(answer["metaData"], json!({"totalCount": 45, "pageSize": 30, "page": 1}));
    assert_eq!(rows(&fixture, &format!("{REFUNDS_PATH}?_pageSize=50&_page=2")).await.len(), 15);
    fixture.control(json!({"max_page_size": 20}));
    assert_eq!(rows(&fixture, &format!("{REFUNDS_PATH}?parentId={id}&_page=3")).await.len(), 5);

    let mut long = fixture.draft("long");
    let items: Vec<Value> =
        (0..35).map(|n| line(&format!("S{n}"), "1", "1.22", ["1.00", "1.22", "0.22"], "RUS_VAT22")).collect();
    (long["amount"], long["vatAmount"]) = (money("42.70"), money("7.70"));
    long["basketItems"] = json!(items);
    let order = fixture.order(&long).await;
    fixture.control(json!({"order": {"merchantOrderId": "long", "action": "pay"}}));
    let list = format!("{ORDERS_PATH}/{}/refund-basket-item", order["id"].as_str().unwrap());
    assert_eq!(rows(&fixture, &list).await.len(), 20);
    assert_eq!(rows(&fixture, &format!("{list}?_page=2")).await.len(), 15);
}

#[tokio::test]
async fn a_filter_that_is_ignored_leaves_a_refund_on_a_later_page_under_a_number_that_is_taken() {
    let fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1").await;
    fixture.control(
        json!({"office": {"id": id, "action": "refund", "amount": 1, "count": 25, "number": "office"}}),
    );
    assert_eq!(refund(&fixture, &id, "R-1", ["10.11", "12.34", "2.23"]).await.0, 200);
    fixture.control(json!({"max_page_size": 20, "ignored_filters": ["merchantOrderId"]}));
    let (status, answer) = refund(&fixture, &id, "R-1", ["10.11", "12.34", "2.23"]).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("merchant_order_id_duplicate")));
    let list = format!("{REFUNDS_PATH}?merchantOrderId=R-1");
    let first = rows(&fixture, &list).await;
    assert!(first.len() == 20 && first.iter().all(|row| row["merchantOrderId"] != "R-1"));
    assert_eq!(first[0]["merchantOrderId"], "office-1");
    let second = rows(&fixture, &format!("{list}&_page=2")).await;
    assert!(second.iter().any(|row| row["merchantOrderId"] == "R-1"));
}

#[tokio::test]
async fn the_office_refunds_and_ships_past_the_merchants_system() {
    let fixture = EmulatorFixture::new().await;
    let id = fixture.order(&fixture.draft("A-1")).await["id"].as_str().unwrap().to_owned();
    let act = |request: Value| fixture.sandbox.control(json!({ "office": request }));
    assert!(act(json!({"id": id, "action": "refund"})).is_err(), "not paid");
    fixture.control(json!({"notifications": {"delay_ms": 0}, "limits": {"enabled": false}}));
    fixture.control(json!({"order": {"merchantOrderId": "A-1", "action": "pay"}}));
    let coffee = json!({"id": id, "action": "refund", "sku": "COFFEE", "amount": 149, "number": "M-7"});
    let made = act(coffee).unwrap()["office"][0].clone();
    assert_eq!((&made["merchantOrderId"], &made["amount"]), (&json!("M-7"), &money("149")));
    assert_eq!((&made["vatAmount"], &made["basketItems"][0]["sku"]), (&money("26.87"), &json!("COFFEE")));
    let made = act(json!({"id": id, "action": "ship", "amount": 2400})).unwrap()["office"][0].clone();
    assert_eq!(made["basketItems"].as_array().unwrap().len(), 2, "fuel, and a part of the coffee");
    assert!(made["documentNumber"].as_str().unwrap().starts_with("office-"));
    let made = act(json!({"id": id, "action": "refund"})).unwrap()["office"][0].clone();
    assert_eq!(made["amount"], money("2751.96"), "all that is left");
    assert!(act(json!({"id": id, "action": "refund"})).is_err(), "nothing is left");
    let shipped = act(json!({"id": id, "action": "ship", "final": true})).unwrap()["office"][0].clone();
    assert_eq!((&shipped["final"], &shipped["amount"]), (&json!(true), &money("500.96")));
    assert_eq!(rows(&fixture, &format!("{SHIPMENTS_PATH}?orderId={id}")).await.len(), 2);
}

#[tokio::test]
async fn a_refund_that_was_completed_by_the_clock_can_be_canceled_later() {
    let fixture = EmulatorFixture::new().await;
    let id = paid(&fixture, "A-1").await;
    assert_eq!(refund(&fixture, &id, "R-1", ["10.11", "12.34", "2.23"]).await.0, 200);
    let status =
        || async { rows(&fixture, &format!("{REFUNDS_PATH}?parentId={id}")).await[0]["status"].clone() };
    assert_eq!(status().await, "created");
    fixture.clock.advance(Duration::from_secs(2 * 24 * 3600));
    assert_eq!(status().await, "completed");
    assert_eq!(available(&fixture, &id).await.0, money("98.72"));
    fixture.control(json!({"refund": {"merchantOrderId": "R-1", "status": "canceled"}}));
    assert_eq!(status().await, "canceled");
    assert_eq!(available(&fixture, &id).await.0, money("111.06"));
    fixture.clock.advance(Duration::from_secs(9 * 24 * 3600));
    assert_eq!(status().await, "canceled");
}

#[tokio::test]
async fn plain_items_show_the_whole_lines_after_a_refund_too() {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"plain_refund_items": true}));
    let id = paid(&fixture, "A-1").await;
    assert_eq!(refund(&fixture, &id, "R-1", ["10.11", "12.34", "2.23"]).await.0, 200);
    let item = rows(&fixture, &format!("{ORDERS_PATH}/{id}/refund-basket-item")).await.remove(0);
    assert!(item.get("availableAmount").is_none() && item.get("availableVatAmount").is_none());
    assert_eq!((&item["sku"], &item["totalAmount"]), (&json!("ICE"), &money("111.06")));
}

#[tokio::test]
async fn a_cancellation_may_be_answered_and_not_done() {
    let fixture = EmulatorFixture::new().await;
    let id = fixture.order(&fixture.draft("A-1")).await["id"].as_str().unwrap().to_owned();
    fixture.control(json!({"fail_next": [{"route": "cancel", "kind": "not_done"}]}));
    let (status, answer) = fixture.call("DELETE", &format!("{ORDERS_PATH}/{id}"), &Value::Null).await;
    assert_eq!((status, &answer["data"]["status"]), (200, &json!("canceled")));
    assert_eq!(fixture.status(&id).await, "created");
    assert_eq!(fixture.call("DELETE", &format!("{ORDERS_PATH}/{id}"), &Value::Null).await.0, 200);
    assert_eq!(fixture.status(&id).await, "canceled");
}

#[tokio::test]
async fn a_created_order_may_cost_another_sum_than_was_asked_for() {
    let mut fixture = EmulatorFixture::new().await;
    fixture.control(json!({"notifications": {"delay_ms": 0}}));
    fixture.control(json!({"fail_next": [{"route": "create", "kind": "other_amount"}]}));
    let order = fixture.order(&fixture.draft("A-1")).await;
    assert_eq!((&order["amount"], &order["merchantId"]), (&money("2900.95"), &json!(MERCHANT_ID)));
    let (_, read) =
        fixture.call("GET", &format!("{ORDERS_PATH}/{}", order["id"].as_str().unwrap()), &Value::Null).await;
    assert_eq!(read["data"]["amount"], money("2900.95"));
    fixture.control(json!({"order": {"merchantOrderId": "A-1", "action": "pay"}}));
    assert_eq!(fixture.shop.next().await.json()["amount"], money("2900.95"));
    assert_eq!(fixture.order(&fixture.draft("A-2")).await["amount"], money("2900.96"));
}
