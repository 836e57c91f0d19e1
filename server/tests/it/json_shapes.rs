//! The JSON that others rely on, kept whole: a field that comes, goes or changes its name is a difference here. A
//! change that is meant is accepted with `INSTA_UPDATE=always cargo test -p server --test it json_shapes`.

use domain::id::OrderId;
use reqwest::Method;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use test_support::{BackOffice, DRAFT_TOTAL_KOPECKS, DatabaseKind, TestServer, draft, fuel_sale};

/// Compares JSON with its snapshot. Numbers are written with the digits that were sent.
fn assert_shape(server: &TestServer, name: &str, value: Value) {
    let text = serde_json::to_string_pretty(&without_run_values(server, value)).unwrap();
    insta::assert_snapshot!(name, text);
}

/// Replaces what differs from run to run: ids, times, this server's address.
fn without_run_values(server: &TestServer, value: Value) -> Value {
    match value {
        Value::Array(all) => all.into_iter().map(|one| without_run_values(server, one)).collect(),
        Value::Object(fields) => {
            let field_without_run_values = |(name, one): (String, Value)| match name.as_str() {
                // It ends in random digits.
                "merchant_order_id" => (name, json!("[number]")),
                _ => (name, without_run_values(server, one)),
            };
            fields.into_iter().map(field_without_run_values).collect()
        }
        Value::String(text) => Value::String(without_run_values_in_text(server, &text)),
        other => other,
    }
}

fn without_run_values_in_text(server: &TestServer, text: &str) -> String {
    if OffsetDateTime::parse(text, &Rfc3339).is_ok() {
        return "[time]".to_owned();
    }
    let separated = text.replace(&server.url, "[server]");
    let parts = separated.split_inclusive(['/', '?', '=']);
    let replaced = parts.map(|part| {
        let (word, end) = match part.strip_suffix(['/', '?', '=']) {
            Some(word) => (word, &part[word.len()..]),
            None => (part, ""),
        };
        let word = if Uuid::try_parse(word).is_ok() { "[id]" } else { word };
        format!("{word}{end}")
    });
    replaced.collect()
}

async fn server() -> TestServer {
    TestServer::start(DatabaseKind::Sqlite).await
}

/// A fuelling of the cashier, under a number that does not change.
fn sale() -> Value {
    let mut sale = fuel_sale();
    sale["external_id"] = json!("AZS12-000451");
    sale
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_from_placing_to_its_end() {
    let server = server().await;
    let placed = server.place_order(&draft()).await;
    assert_shape(&server, "placed", placed.json.clone());
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    server.pay(&placed.payment_url).await;
    let id = placed.order_id.as_str();
    assert!(OrderId::parse(id).is_some());
    let settled = server.wait_until_settled(id).await;
    assert!(settled.status.is_final());
    assert_shape(&server, "order_completed", server.order(id).await.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_and_a_search() {
    let server = server().await;
    let (_, station) = server.post("/api/stations/get", &json!({ "id": "sever-12" })).await;
    assert_shape(&server, "station", station);
    let query = json!({ "query": { "text": "Север № 12", "limit": 1 } });
    let (_, found) = server.post("/api/stations/find", &query).await;
    assert_shape(&server, "stations_found", found);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote() {
    let server = server().await;
    let (status, quote) = server.post("/api/orders/quote", &json!({ "draft": draft() })).await;
    assert_eq!(status, 200, "{quote}");
    assert_shape(&server, "quote", quote);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors() {
    let server = server().await;
    let mut cheaper = draft();
    cheaper["expected_total_kopecks"] = json!(DRAFT_TOTAL_KOPECKS - 1);
    let (status, answer) = server.try_place(&cheaper).await;
    assert_shape(&server, "error_price_changed", json!([status, answer]));
    let mut nobody = draft();
    nobody["customer"]["name"] = json!("");
    let (status, answer) = server.try_place(&nobody).await;
    assert_shape(&server, "error_bad_request", json!([status, answer]));
    let (status, answer) = server.post("/api/orders/get", &json!({ "id": Uuid::new_v4() })).await;
    assert_shape(&server, "error_not_found", json!([status, answer]));
    let unauthorized = server.send(Method::GET, "/api/erp/v1/stations/sever-12", &[], "").await;
    let (status, text) = (unauthorized.status().as_u16(), unauthorized.text().await.unwrap());
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_shape(&server, "error_unauthorized", json!([status, answer]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_its_event_and_the_registry() {
    let office = BackOffice::open().await;
    let server = TestServer::start_with(DatabaseKind::Sqlite, &office.variables()).await;
    server.remove_delays_and_limits().await;
    let moscow = server.advance_to_moscow_noon();
    let sold = server.sell(&sale()).await;
    assert_shape(&server, "erp_order", sold.json.clone());
    server.pay(&sold.payment_url).await;
    let id = sold.order_id.as_str();
    server.wait_until_settled(id).await;
    office.wait_for_status(id, "completed").await;
    let paid = office.events(id).into_iter().find(|event| event["order"]["status"] == "paid");
    assert_shape(&server, "erp_event", paid.expect("an event"));
    let (status, mut registry) = server.erp_get(&format!("reports/registry?date={moscow}")).await;
    assert_eq!(status, 200, "{registry}");
    for date in ["date", "transfer_date", "transfer_on"] {
        if registry.get(date).is_some() {
            registry[date] = json!("[date]");
        }
    }
    assert_shape(&server, "erp_registry", registry);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_the_cashier_api() {
    let server = server().await;
    let (_, api) = server.erp_get("openapi.json").await;
    let calls = api["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().filter_map(move |(method, call)| {
            let answers: Vec<&String> = call["responses"].as_object()?.keys().collect();
            Some(format!("{} {path}: {answers:?}", method.to_uppercase()))
        })
    });
    let calls: Vec<String> = calls.collect();
    assert_shape(&server, "openapi_calls", json!(calls));
}
