//! The description of the cashier API holds: every example in it is executed, and every answer fits its schema.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use server::database::Database;

use test_support::{DEMO_TOKEN, DatabaseKind, NOTIFICATION_KEY, TestServer, fuel_sale};

async fn server() -> TestServer {
    TestServer::start(DatabaseKind::Sqlite).await
}

async fn description(server: &TestServer) -> Value {
    let (status, api) = server.erp_get("openapi.json").await;
    assert_eq!(status, 200);
    assert_eq!(api["openapi"], "3.1.0");
    assert_eq!(api["servers"][0]["url"], "/api/erp/v1");
    api
}

/// Violations of a schema by a value; none if it fits.
fn schema_violations(api: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = api.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is defined"));
        return schema_violations(api, schema, value, path);
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(schemas) = schema[several].as_array() {
            let all: Vec<Vec<String>> =
                schemas.iter().map(|schema| schema_violations(api, schema, value, path)).collect();
            return if all.iter().any(Vec::is_empty) { Vec::new() } else { all.concat() };
        }
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Vec::new(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = kinds.contains(&kind) || kind == "integer" && kinds.contains(&"number");
    if !fits {
        return vec![format!("{path} is {kind}, not {kinds:?}")];
    }
    let words = schema["enum"].as_array();
    if kind == "string" && words.is_some_and(|words| !words.contains(value)) {
        return vec![format!("{path} is {value}, not one of {words:?}")];
    }
    let mut wrong = Vec::new();
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        wrong.extend(schema_violations(api, &schema["items"], item, &format!("{path}[{index}]")));
    }
    if let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for (name, field) in fields {
            match known.get(name) {
                Some(schema) => {
                    wrong.extend(schema_violations(api, schema, field, &format!("{path}.{name}")))
                }
                None => wrong.push(format!("{path}.{name} is not described")),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                wrong.push(format!("{path}.{name} is missing"));
            }
        }
    }
    wrong
}

/// Compares the answer of a call with the description of its status.
fn check(api: &Value, path: &str, method: &str, status: u16, answer: &Value) {
    let described = &api["paths"][path][method]["responses"][status.to_string()];
    assert!(described.is_object(), "{method} {path} answers {status}, which is not described: {answer}");
    let schema = &described["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{method} {path} {status} has no shape");
    let wrong = schema_violations(api, schema, answer, "answer");
    assert!(wrong.is_empty(), "{method} {path} {status}: {wrong:#?}");
}

/// A discrepancy that nobody has dealt with. Returns its id.
async fn open_discrepancy(server: &TestServer) -> String {
    let order = server.stored(&server.sell(&fuel_sale()).await.order_id).await;
    let id = format!("{}-1", order.number);
    let sql = "INSERT INTO order_discrepancies (id, order_id, what, at, detail) VALUES ($1, $2, 'paid_twice', 0, '')";
    let query = sqlx::query(sql).bind(id.clone()).bind(order.id.to_string());
    query.execute(Database::open(&server.database_url).await.unwrap().pool()).await.unwrap();
    id
}

/// What the example of a call can be executed on: an order, or a discrepancy; empty for a call about none. Diesel without a pump, and a bottle.
async fn order_for(server: &TestServer, path: &str) -> String {
    let mut sale = fuel_sale();
    (sale["pump"], sale["items"]) = (Value::Null, json!([{ "sku": "washer-20" }]));
    if path == "/discrepancies/{id}/settle" {
        return open_discrepancy(server).await;
    }
    let Some(action) = path.strip_prefix("/orders/{id}/") else { return String::new() };
    let placed = server.sell(&sale).await;
    let id = placed.order_id;
    if action != "cancel" {
        server.pay(&placed.payment_url).await;
        server.wait_for_status(&id, "paid").await;
    }
    if action == "refund" {
        let (status, answer) = server.erp_post(&format!("orders/{id}/complete"), &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
    }
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_executed_and_its_answer_is_as_described() {
    let server = server().await;
    let api = description(&server).await;
    let mut executed = BTreeSet::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let body = &call["requestBody"]["content"]["application/json"];
            let mut examples: Vec<Value> = body["examples"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(_, it)| it["value"].clone())
                .collect();
            examples.extend(body.get("example").cloned());
            if path == "/session" && method == "post" {
                examples.push(json!({ "token": api["components"]["schemas"]["SignIn"]["properties"]["token"]["example"] }));
            }
            assert!(!body.is_object() || !examples.is_empty(), "{method} {path} takes a body and shows none");
            for example in examples {
                let order = order_for(&server, path).await;
                let id = if path.starts_with("/stations") { "sever-12" } else { order.as_str() };
                let real = path.trim_start_matches('/').replace("{id}", id);
                let verb: Method = method.to_uppercase().parse().unwrap();
                let (status, answer) = server.erp(verb, &real, &example).await;
                assert!((200..300).contains(&status), "{method} {real}: {example}: {answer}");
                check(&api, path, method, status, &answer);
                executed.insert(format!("{method} {path}"));
            }
        }
    }
    let expected = [
        "post /discrepancies/{id}/settle",
        "post /events/retry",
        "post /orders",
        "post /orders/{id}/cancel",
        "post /orders/{id}/complete",
        "post /orders/{id}/refund",
        "post /orders/{id}/start",
        "post /session",
        "put /stations/{id}",
        "put /stations/{id}/prices",
        "put /stations/{id}/services",
    ];
    assert_eq!(executed.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_and_what_is_refused_is_as_described() {
    let server = server().await;
    let api = description(&server).await;
    let order = format!("orders/{}", server.sell(&fuel_sale()).await.order_id);
    for (path, call) in [
        ("/orders/{id}", order.clone()),
        ("/orders", "orders".to_owned()),
        ("/stations/{id}", "stations/sever-12".to_owned()),
        ("/reports/registry", "reports/registry".to_owned()),
        ("/events/dead", "events/dead".to_owned()),
        ("/discrepancies", "discrepancies?all=true".to_owned()),
        ("/outbox", "outbox".to_owned()),
    ] {
        let (status, answer) = server.erp_get(&call).await;
        assert_eq!(status, 200, "{call}");
        check(&api, path, "get", status, &answer);
    }
    let nothing = "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b";
    for (path, method, call, body) in [
        ("/orders/{id}", "get", format!("orders/{nothing}"), Value::Null),
        ("/orders", "post", "orders".to_owned(), json!({ "nonsense": 1 })),
        ("/orders/{id}/complete", "post", format!("{order}/complete"), Value::Null),
        (
            "/orders/{id}/refund",
            "post",
            format!("{order}/refund"),
            json!({ "reason": "x", "idempotency_key": nothing }),
        ),
        ("/orders/{id}/refund", "post", format!("{order}/refund"), json!({ "reason": " " })),
    ] {
        let verb: Method = method.to_uppercase().parse().unwrap();
        let (status, answer) = server.erp(verb, &call, &body).await;
        assert!(status >= 400, "{call}: {answer}");
        check(&api, path, method, status, &answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_the_description_without_scripts_and_without_a_token() {
    let server = server().await;
    let api = description(&server).await;
    let open = server.get("/api/erp/v1/openapi.json").await;
    assert_eq!(open.status(), 200);
    assert_eq!(open.json::<Value>().await.unwrap(), api, "the same for everybody");
    let answer = server.get("/api/erp/v1/docs").await;
    assert_eq!(answer.status(), 200);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let page = answer.text().await.unwrap();
    for path in api["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert!(!page.contains("<script") && !page.contains("style=") && !page.contains("//cdn"), "{page}");
    assert!(page.contains("AZS12-000451"), "with its examples");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    for secret in [NOTIFICATION_KEY, DEMO_TOKEN, server.database_url.as_str()] {
        assert!(!page.contains(secret) && !api.to_string().contains(secret), "{secret}");
    }
    assert_eq!(server.get("/api/erp/v1/docs.css").await.status(), 200);
    assert_eq!(server.get("/api/erp/v1/orders").await.status(), 401, "the calls themselves need it");
}
