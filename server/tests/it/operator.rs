//! The cashier's desk as the server renders it: an empty one, since only the browser knows who is signed in.

use futures::{StreamExt, stream};
use reqwest::Method;

use test_support::{DatabaseKind, ERP_TOKEN, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_page_is_public_and_contains_no_data() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    for (language, title) in [("ru", "Открываем кассу"), ("en", "Opening the till")] {
        let page = server.send(Method::GET, "/operator", &[("accept-language", language)], "").await;
        assert_eq!(page.status(), 200);
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
        let html = page.text().await.unwrap();
        assert!(html.contains("data-screen=\"operator\"") && html.contains(title), "{html}");
        assert!(!html.contains(ERP_TOKEN), "no secret is in the page");
        assert!(!html.contains(" style="), "the policy forbids inline styles");
    }
}

/// Desks that are rendered at a time: many more than there are threads.
const CONCURRENT_DESKS: usize = 32;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_desks_are_rendered_at_once() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let pages = stream::iter(0..300).map(|_| async { server.get("/operator").await.status().as_u16() });
    let statuses: Vec<u16> = pages.buffer_unordered(CONCURRENT_DESKS).collect().await;
    assert_eq!(statuses, [200; 300]);
}
