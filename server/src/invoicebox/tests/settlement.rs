//! Requests after the payment, and reading of their answers.

use axum::http::Method;
use domain::{
    money::Kopecks,
    order::{Order, settlement::Return},
};
use serde_json::{Value, json};
use test_support::orders;
use time::Date;

use super::{InvoiceboxStub, canned, client, creating};
use crate::invoicebox::{CallError, PaymentType, UnitPriceScale, WholeRefund};

const ID: &str = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";
const SHIPPED: &str =
    r#"{"data":{"id":7,"orderId":"0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b","status":"draft"}}"#;

/// 37.41 l were paid, 30 l dispensed.
fn completed() -> Order {
    orders::completed(creating::order())
}

fn rest(order: &Order) -> &Return {
    order.settlement.pending_returns().next().expect("a rest")
}

fn sent(stub: &InvoiceboxStub) -> Value {
    serde_json::from_slice(&stub.received()[0].body).expect("JSON")
}

#[tokio::test]
async fn a_shipment_lists_what_was_delivered_and_is_final() {
    let stub = InvoiceboxStub::answering(vec![canned(200, SHIPPED)]).await;
    let order = completed();
    let shipment = order.settlement.shipment.as_ref().expect("a shipment");
    let date = Date::from_ordinal_date(2026, 9).expect("a date");
    let client = client(&stub.url);
    client.create_shipment(ID, shipment, date, UnitPriceScale::Two).await.expect("recorded");
    let body = sent(&stub);
    assert_eq!(stub.received()[0].uri.path(), "/v3/billing/api/order/shipment");
    assert_eq!(
        (&body["orderId"], &body["documentNumber"], &body["documentDate"], &body["final"]),
        (&json!(ID), &json!("AZS12-000451-s1"), &json!("2026-01-09"), &json!(true))
    );
    let petrol = &body["basketItems"][0];
    let digits =
        ["quantity", "totalAmount", "totalVatAmount", "amountWoVat"].map(|name| petrol[name].to_string());
    assert_eq!(digits, ["30", "1871.10", "337.41", "51.12"]);
    assert_eq!(petrol["paymentType"], "full_payment");
    assert_eq!(body["basketItems"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_list_without_lines_is_no_proof_that_the_money_is_back() {
    let empty = r#"{"data":[]}"#;
    let spent = r#"{"data":[{"sku":"a95","name":"АИ-95","quantity":1,"totalAmount":100,"totalVatAmount":0,"vatCode":"NONE",
        "amount":100,"amountWoVat":100,"availableAmount":0,"availableQuantity":0}]}"#;
    for (answer, is_back) in [(empty, false), (spent, true)] {
        let stub = InvoiceboxStub::answering(vec![canned(200, answer)]).await;
        let refund = client(&stub.url).refund_whole(ID, "AZS12-r1", Kopecks::new(10_000), 451).await;
        let refund = refund.expect("an answer");
        assert_eq!(matches!(refund, WholeRefund::NothingLeft), is_back, "{answer}");
        assert!(is_back || matches!(refund, WholeRefund::OtherSum(Kopecks::ZERO)));
    }
}

#[tokio::test]
async fn a_refund_of_the_rest_adds_up() {
    let answer = json!({"data": {"id": "r-1", "parentId": ID, "merchantOrderId": "AZS12-000451-r1", "amount": 462.16}});
    let stub = InvoiceboxStub::answering(vec![canned(200, &answer.to_string())]).await;
    let order = completed();
    let back = rest(&order);
    let client = client(&stub.url);
    let made = client.create_refund(ID, &order, back, UnitPriceScale::Two, PaymentType::FullPayment).await;
    assert_eq!(made.expect("made").number.as_deref(), Some("AZS12-000451-r1"));
    let body = sent(&stub);
    assert_eq!((&body["parentId"], &body["merchantOrderId"]), (&json!(ID), &json!("AZS12-000451-r1")));
    assert_eq!(
        (body["amount"].to_string(), body["vatAmount"].to_string()),
        ("462.16".into(), "83.34".into())
    );
    let line = &body["basketItems"][0];
    assert_eq!((line["sku"].as_str(), line["quantity"].to_string()), (Some("a92"), "7.41".to_owned()));
    assert!(body["description"].as_str().is_some_and(|text| text.contains("№ 451")), "{body}");
}

#[tokio::test]
async fn listed_shipments_are_read_and_foreign_ones_left_out() {
    let rows = json!({"data": [
        {"id": 1, "orderId": ID, "documentNumber": "AZS12-000451-s1", "status": "completed", "amount": 1871.10},
        {"id": 2, "orderId": "another", "documentNumber": "X", "status": "completed", "amount": 1},
        {"id": 3, "orderId": ID.to_ascii_uppercase(), "status": "canceled", "amount": 5}
    ]});
    let gone = canned(404, "<html>no such path</html>");
    let stub = InvoiceboxStub::answering(vec![gone, canned(200, &rows.to_string())]).await;
    let found = client(&stub.url).shipments(ID).await.expect("a list");
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].document_number.as_deref(), Some("AZS12-000451-s1"));
    assert!(found[1].canceled && !found[0].canceled);
    let paths: Vec<String> = stub.received().iter().map(|it| it.uri.path().to_owned()).collect();
    assert_eq!(paths, ["/v3/filter/api/order/shipment", "/v3/billing/api/order/shipment"]);
}

#[tokio::test]
async fn what_may_be_returned_is_the_available_amount() {
    let cases = [
        (json!([{"availableAmount": 2.5}, {"sku": "b", "totalAmount": 1, "availableAmount": 1}]), 350),
        (json!([{"sku": "a", "totalAmount": 10, "availableAmount": 0}]), 0),
    ];
    for (rows, expected) in cases {
        let stub = InvoiceboxStub::answering(vec![canned(200, &json!({ "data": rows }).to_string())]).await;
        assert_eq!(client(&stub.url).refundable(ID).await.expect("a sum").total.get(), expected);
        let path = format!("/v3/billing/api/order/order/{ID}/refund-basket-item");
        assert_eq!(stub.received()[0].uri.path(), path);
    }
}

#[tokio::test]
async fn a_refund_is_found_by_its_number_alone() {
    let rows = json!({"data": [
        {"id": "r-0", "parentId": ID, "merchantOrderId": "AZS12-000451-r2", "status": "created", "amount": 1},
        {"id": "r-1", "parentId": ID, "merchantOrderId": "AZS12-000451-r1", "status": "canceled", "amount": 2}
    ]});
    let stub = InvoiceboxStub::answering(vec![canned(200, &rows.to_string())]).await;
    let client = client(&stub.url);
    let found = client.find_refund("AZS12-000451-r1").await.expect("a list").expect("the refund");
    assert_eq!((found.id.as_str(), found.is_canceled()), ("r-1", true));
    assert_eq!(client.find_refund("AZS12-000451-r3").await.expect("a list"), None);
}

#[tokio::test]
async fn an_answer_that_proves_nothing_is_not_taken_for_a_shipment_or_a_refund() {
    let order = completed();
    let shipment = order.settlement.shipment.as_ref().expect("a shipment");
    for answer in ["{}", r#"{"data":null}"#, r#"{"data":[]}"#, "<html>"] {
        let stub = InvoiceboxStub::answering(vec![canned(200, answer)]).await;
        let client = client(&stub.url);
        let shipped = client.create_shipment(ID, shipment, Date::MIN, UnitPriceScale::Two).await;
        assert!(shipped.expect_err(answer).is_outcome_unknown());
        let back = rest(&order);
        let made =
            client.create_refund(ID, &order, back, UnitPriceScale::Two, PaymentType::FullPayment).await;
        assert!(matches!(made, Err(CallError::Unknown { .. })), "{answer}");
        assert!(stub.received().iter().all(|it| it.method == Method::POST));
        assert_eq!(stub.received().len(), 2, "each is sent once");
    }
}
