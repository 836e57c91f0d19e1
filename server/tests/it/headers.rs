//! What every answer says to the browser about safety.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use test_support::{DatabaseKind, PRODUCTION, TestServer, draft};

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// One directive of a content security policy.
fn directive<'a>(policy: &'a str, name: &str) -> &'a str {
    policy.split(';').map(str::trim).find_map(|one| one.strip_prefix(name)).unwrap_or("").trim()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_run_their_own_scripts_only_and_are_framed_by_the_hosts_alone() {
    let variables = [("KOLONKA_HOST_ORIGINS", "https://pay.example.ru https://*.host.example")];
    let server = TestServer::start_with(DatabaseKind::Sqlite, &variables).await;
    let placed = server.place_order(&draft()).await;
    let order = format!("/orders/{}", placed.order_id);
    let mut nonces = Vec::new();
    for path in [
        "/",
        "/?view=map",
        "/stations/sever-12",
        "/stations/sever-12/confirm",
        &order,
        "/operator",
        "/no/such/page",
    ] {
        let answer = server.get(path).await;
        let headers = answer.headers().clone();
        let html = answer.text().await.unwrap();
        let policy = header(&headers, "content-security-policy");
        assert_eq!(directive(policy, "default-src"), "'none'", "{path}");
        assert_eq!(directive(policy, "style-src"), "'self'", "{path}");
        assert_eq!(directive(policy, "base-uri"), "'none'", "{path}");
        assert_eq!(
            directive(policy, "frame-ancestors"),
            format!("'self' https://pay.example.ru https://*.host.example {}", server.url),
            "{path}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        let scripts = directive(policy, "script-src");
        assert!(scripts.contains("'wasm-unsafe-eval'"), "{path}: {policy}");
        let nonce = scripts.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        let marked = html.matches(&format!("<script nonce=\"{nonce}\"")).count()
            + html.matches(&format!("<script type=\"module\" nonce=\"{nonce}\"")).count();
        assert_eq!(html.matches("<script").count(), marked, "{path}: every script has the nonce\n{html}");
        assert!(
            !html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick="),
            "{path}"
        );
        assert!(!nonces.contains(&nonce.to_owned()), "a nonce is used once");
        nonces.push(nonce.to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_browsers_may_do_with_it() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    for path in [
        "/",
        "/operator",
        "/no/such/page",
        "/api/nothing",
        "/healthz",
        "/sandbox/host",
        "/sandbox/components",
    ] {
        let answer = server.get(path).await;
        let headers = answer.headers();
        assert_eq!(header(headers, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(headers, "referrer-policy"), "same-origin", "{path}");
        let permissions = header(headers, "permissions-policy");
        for off in ["camera=()", "microphone=()", "payment=()"] {
            assert!(permissions.contains(off), "{path}: {permissions}");
        }
        assert!(
            headers.get("x-frame-options").is_none(),
            "{path}: old browsers would not show us to the host"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn developers_see_every_widget() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let answer = server.get("/sandbox/components").await;
    assert_eq!(answer.status(), 200);
    let html = answer.text().await.unwrap();
    for widget in
        ["AmountBar", "Banner", "Button", "NavBar", "PumpPicker", "Skeleton", "StationRow", "Stepper"]
    {
        assert!(html.contains(widget), "{widget}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_come_by_tls_where_we_are_reached_by_it() {
    let secure = TestServer::start_with(DatabaseKind::Sqlite, &PRODUCTION).await;
    for path in ["/", "/healthz", "/api/nothing"] {
        let answer = secure.get(path).await;
        assert_eq!(header(answer.headers(), "strict-transport-security"), "max-age=31536000", "{path}");
    }
    let plain = TestServer::start(DatabaseKind::Sqlite).await;
    assert!(plain.get("/").await.headers().get("strict-transport-security").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_of_one_customer_is_kept_by_nobody() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let placed = server.place_order(&draft()).await;
    for path in [format!("/orders/{}", placed.order_id), "/api/nothing.css".to_owned()] {
        assert_eq!(header(server.get(&path).await.headers(), "cache-control"), "no-store", "{path}");
    }
}

/// A page of another site can send forms and plain text in the name of whoever looks at it.
#[tokio::test(flavor = "multi_thread")]
async fn server_functions_take_json_alone() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let mut draft = draft();
    draft["idempotency_key"] = json!(uuid::Uuid::new_v4());
    let body = json!({ "draft": draft }).to_string();
    let place = async |kind: &str| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("{}/api/orders/place", server.url)).header("content-type", kind);
        let answer = request.body(body.clone()).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let (status, refused) = place(kind).await;
        assert_eq!((status, &refused["error"]["code"]), (415, &json!("bad_request")), "{kind}");
    }
    assert_eq!(server.count_orders().await, 0);
    assert_eq!(place("Application/JSON; charset=utf-8").await.0, 200);
}
