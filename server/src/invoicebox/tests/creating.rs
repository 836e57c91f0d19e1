//! Requests for an order, and reading of good answers.

use domain::{
    draft::{Customer, MinappType},
    fuel::FuelId,
    id::Sku,
    money::Kopecks,
    order::{Order, Placement, StationBrief},
    quantity::Centi,
    quote::{Line, LineKind},
    unit::Unit,
    vat::Vat,
};
use serde_json::{Value, json};
use test_support::orders::placement;
use time::{Duration, OffsetDateTime};

use super::{InvoiceboxStub, canned, client};
use crate::invoicebox::{Links, PaymentType, ProviderStatus, UnitPriceScale, wire};

const CREATED: &str = r#"{"data":{"id":"0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b","status":"created","amount":2900.96,
    "orderContainerId":"0199f0a1-5c3e-7a00-b111-000000000001","fileIds":{},"novelty":[1],
    "paymentUrl":"https://pay.invoicebox.ru/order/0199f0a1-5c3e-7a00-b111-000000000001"},"extendedData":[]}"#;

fn line(sku: &str, name: &str, kind: LineKind, unit: Unit, quantity: i64, price: i64, vat: Vat) -> Line {
    let (quantity, price) = (Centi::new(quantity), Kopecks::new(price));
    Line::new(Sku(sku.to_owned()), name.to_owned(), kind, unit, quantity, price, vat).expect("in range")
}

/// 37.41 l of petrol, two coffees, three rolls at the reduced rate: 2900.96 with 499.01 of tax.
pub(super) fn order() -> Order {
    let petrol = LineKind::Fuel(FuelId::A92);
    let lines = vec![
        line("a92", "Бензин автомобильный АИ-92-К5", petrol, Unit::Litre, 3741, 6237, Vat::Rus22),
        line("COFFEE", "Кофе американо 0,3 л", LineKind::Goods, Unit::Piece, 200, 14900, Vat::Rus22),
        line("ROLL", "Булочка", LineKind::Service, Unit::Piece, 300, 8990, Vat::Rus10),
    ];
    let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    let usual = placement(lines);
    Order::place(Placement {
        now,
        expires_at: now + Duration::minutes(30) + Duration::milliseconds(7),
        station: StationBrief {
            address: "Московское шоссе, 20".to_owned(),
            city: "Рязань".to_owned(),
            ..usual.station
        },
        customer: Customer {
            name: " ООО «Ромашка» ".to_owned(),
            email: "buh@firma.example".to_owned(),
            phone: "8 (999) 000-11-22".to_owned(),
            inn: Some("7707083893".to_owned()),
            kpp: Some("773601001".to_owned()),
        },
        ..usual
    })
}

pub(super) fn links() -> Links {
    Links::new("https://azs.example/", order().id)
}

fn body(order: &Order) -> Value {
    wire::order::create(order, &links(), UnitPriceScale::Two, PaymentType::FullPrepayment, false)
}

#[tokio::test]
async fn an_order_is_sent_once_and_its_answer_becomes_the_invoice() {
    let stub = InvoiceboxStub::answering(vec![canned(200, CREATED)]).await;
    let order = order();
    let created = client(&stub.url)
        .create_order(&order, &links(), UnitPriceScale::Two, PaymentType::FullPrepayment)
        .await
        .expect("created");
    assert_eq!(created.order.amount, Some(Kopecks::new(290_096)), "to be compared with the order");
    assert_eq!((&created.order.merchant_id, &created.order.currency), (&None, &None));
    let created = created.invoice;
    assert_eq!(created.provider_id, "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b");
    assert_eq!(created.container_id.as_deref(), Some("0199f0a1-5c3e-7a00-b111-000000000001"));
    assert_eq!(created.payment_url, "https://pay.invoicebox.ru/order/0199f0a1-5c3e-7a00-b111-000000000001");

    let received = stub.received();
    let [request] = received.as_slice() else { panic!("{} requests", received.len()) };
    assert_eq!((request.method.as_str(), request.uri.path()), ("POST", "/v3/billing/api/order/order"));
    let header = |name: &str| request.headers[name].to_str().expect("text");
    assert_eq!(header("authorization"), "Bearer secret-token");
    assert_eq!(header("accept"), "application/json");
    assert_eq!(header("content-type"), "application/json");
    let agent = header("user-agent");
    assert!(agent.starts_with("Kolonka/") && agent.contains(" (Rust/") && agent.ends_with(')'), "{agent}");
    assert_eq!(serde_json::from_slice::<Value>(&request.body).expect("json"), body(&order));
}

#[test]
fn sums_are_written_digit_by_digit() {
    let text = body(&order()).to_string();
    for digits in [
        r#""amount":2900.96,"#,
        r#""vatAmount":499.01"#,
        r#""quantity":37.41"#,
        r#""amount":62.37"#,
        r#""amountWoVat":51.12"#,
        r#""totalAmount":2333.26"#,
        r#""totalVatAmount":420.75"#,
        r#""amount":149.00"#,
        r#""amountWoVat":81.73"#,
    ] {
        assert!(text.contains(digits), "{digits} in {text}");
    }
    let fine = wire::order::create(&order(), &links(), UnitPriceScale::Six, PaymentType::FullPayment, true);
    assert!(fine.to_string().contains(r#""amountWoVat":51.122951"#));
    assert_eq!(fine["basketItems"][0]["type"], json!(2));
    assert_eq!(fine["basketItems"][0]["paymentType"], "full_payment");
}

#[test]
fn the_order_is_described_as_the_schema_wants_it() {
    let body = body(&order());
    assert_eq!(body["merchantOrderId"], "AZS12-000451");
    assert_eq!(body["merchantOrderIdVisible"], "451");
    assert_eq!(body["description"], "АИ-92, Кофе американо 0,3 л, Булочка; АЗС № 12, колонка 4");
    assert_eq!(body["expirationDate"], "2024-10-04T00:30:00+00:00");
    assert_eq!(body["returnUrl"], "https://azs.example/orders/7a6f2c7e-0d9f-4a63-9a2b-0b6a5cf0d6f1");
    assert_eq!(body["notificationUrl"], "https://azs.example/api/invoicebox/notifications");
    let kinds: Vec<&Value> =
        body["basketItems"].as_array().expect("lines").iter().map(|item| &item["type"]).collect();
    assert_eq!(kinds, ["commodity", "commodity", "service"]);
    assert_eq!(
        (&body["basketItems"][0]["measure"], &body["basketItems"][0]["measureCode"]),
        (&json!("л"), &json!("112"))
    );
    assert!(body.get("shopId").is_none() && body.get("orderContainerId").is_none());
}

#[test]
fn a_suborder_joins_its_container_and_a_shop_is_a_number() {
    let mut order = order();
    order.host.shop_id = Some(77);
    order.host.order_container_id = Some("0199f0a1-5c3e-7a00-b111-000000000001".to_owned());
    assert!(body(&order).get("orderContainerId").is_none(), "a main order opens its own");
    order.host.minapp_type = MinappType::Suborder;
    assert_eq!(body(&order)["orderContainerId"], "0199f0a1-5c3e-7a00-b111-000000000001");
    assert_eq!(body(&order)["shopId"], json!(77));
}

#[test]
fn the_payer_is_named_locked_and_kept_out_of_the_metadata() {
    let mut order = order();
    let company = body(&order);
    assert_eq!(
        company["customer"],
        json!({"type": "legal", "name": "ООО «Ромашка»", "email": "buh@firma.example", "phone": "79990001122",
               "vatNumber": "7707083893", "taxRegistrationReasonCode": "773601001"})
    );
    assert_eq!(company["invoiceSetting"], json!({"customerLockedFields": ["type", "vatNumber"]}));
    let meta = company["metaData"].to_string();
    for secret in ["Ромашка", "buh@", "79990001122", "7707083893", "7a6f2c7e"] {
        assert!(!meta.contains(secret), "{secret} in {meta}");
    }
    order.customer.inn = None;
    let person = body(&order);
    assert_eq!(person["customer"]["type"], "private");
    assert!(person["customer"].get("taxRegistrationReasonCode").is_none());
    assert!(person.get("invoiceSetting").is_none());
    order.customer = Customer::default();
    assert_eq!(body(&order)["customer"], json!({"type": "legal"}), "unknown at the till");
}

#[test]
fn long_names_are_cut_and_long_skus_stay_distinct() {
    let mut order = order();
    let long = "x".repeat(60);
    order.lines[1].sku = Sku(format!("{long}1"));
    order.lines[2].sku = Sku(format!("{long}2"));
    order.lines[1].name = "ы".repeat(999);
    let body = body(&order);
    let sku = |index: usize| body["basketItems"][index]["sku"].as_str().expect("text").to_owned();
    assert_eq!((sku(1).len(), sku(2).len()), (36, 36));
    assert_ne!(sku(1), sku(2));
    assert_eq!(body["basketItems"][1]["name"].as_str().expect("text").chars().count(), 300);
    assert!(body["description"].as_str().expect("text").chars().count() <= 1000);
}

#[tokio::test]
async fn an_order_is_read_directly_or_through_the_filter() {
    let row = r#"{"id":"AB-1","status":"completed","amount":"2900.96","merchantOrderId":"AZS12-000451",
        "paidAt":"2026-11-24T09:15:00+00:00"}"#;
    let other = r#"{"id":"AB-2","status":"created","merchantOrderId":"AZS12-000452"}"#;
    let stub = InvoiceboxStub::answering(vec![
        canned(405, r#"{"error":{"message":"no","code":"method_not_allowed"}}"#),
        canned(200, &format!(r#"{{"data":[{other},{row}],"metaData":{{"totalCount":2}}}}"#)),
    ])
    .await;
    let client = client(&stub.url);
    let read = client.get_order("AB-1").await.expect("found");
    assert_eq!((read.status, read.amount), (ProviderStatus::Completed, Some(Kopecks::new(290_096))));
    assert!(read.paid_at.is_some() && read.payment_url.is_none());
    let found = client.find_by_number("AZS12-000451").await.expect("a list");
    assert_eq!(found.len(), 1, "the row of another number is left out");
    let queries: Vec<String> = stub.received().iter().map(|request| request.uri.to_string()).collect();
    assert_eq!(
        queries,
        [
            "/v3/billing/api/order/order/AB-1",
            "/v3/filter/api/order/order?id=AB-1&_page=1&_pageSize=50",
            "/v3/filter/api/order/order?merchantOrderId=AZS12-000451&_page=1&_pageSize=50",
        ]
    );
}

#[tokio::test]
async fn an_order_that_neither_path_knows_is_not_found() {
    let stub = InvoiceboxStub::answering(vec![
        canned(404, r#"{"error":{"message":"no","code":"not_found","fields":[]}}"#),
        canned(200, r#"{"data":[],"metaData":{"totalCount":0}}"#),
    ])
    .await;
    assert!(client(&stub.url).get_order("AB-1").await.expect_err("none").is_not_found());
}

#[tokio::test]
async fn a_created_order_of_another_sum_is_shown_with_that_sum() {
    let other = CREATED.replace("2900.96", "2900.95");
    let stub = InvoiceboxStub::answering(vec![canned(200, &other)]).await;
    let order = order();
    let client = client(&stub.url);
    let created =
        client.create_order(&order, &links(), UnitPriceScale::Two, PaymentType::FullPrepayment).await;
    let created = created.expect("created");
    assert_eq!(created.order.amount, Some(Kopecks::new(290_095)));
    assert_ne!(created.order.amount, Some(order.total));
}

#[tokio::test]
async fn a_cancellation_is_believed_only_after_a_read() {
    let order = |status: &str| {
        canned(200, &format!(r#"{{"data":{{"id":"AB-1","status":"{status}"}},"extendedData":[]}}"#))
    };
    let null = || canned(200, r#"{"data":null}"#);
    let cases = [
        (null(), order("canceled"), ProviderStatus::Canceled),
        (order("canceled"), order("canceled"), ProviderStatus::Canceled),
        (order("canceled"), order("created"), ProviderStatus::Created),
        (order("canceled"), order("completed"), ProviderStatus::Completed),
    ];
    for (deleted, read, status) in cases {
        let stub = InvoiceboxStub::answering(vec![deleted, read]).await;
        let order = client(&stub.url).cancel_order("AB-1").await.expect("read");
        assert_eq!(order.status, status);
        let methods: Vec<String> = stub.received().iter().map(|request| request.method.to_string()).collect();
        assert_eq!(methods, ["DELETE", "GET"]);
    }
    for unread in [canned(500, "broken"), canned(401, "{}"), canned(404, "<html>")] {
        let stub = InvoiceboxStub::answering(vec![null(), unread]).await;
        let error = client(&stub.url).cancel_order("AB-1").await.expect_err("not read");
        assert!(error.is_outcome_unknown(), "{error}");
    }
}
