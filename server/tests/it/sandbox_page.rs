//! The sandbox's control page: for people, without script, never among the calls of the API.

use reqwest::Method;
use serde_json::json;

use test_support::{DatabaseKind, TestServer, draft, until};

async fn page(server: &TestServer) -> String {
    let answer = server.get("/sandbox/control").await;
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

async fn press(server: &TestServer, form: &str) -> (u16, String) {
    let answer = server.send(Method::POST, "/sandbox/control/press", &[], form).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn its_buttons_do_what_the_json_call_does() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let invoice = server.invoices().await.pop().unwrap();
    let number = invoice["merchantOrderId"].as_str().unwrap();
    let html = page(&server).await;
    assert!(
        html.contains("ПЕСОЧНИЦА") && html.contains(number) && html.contains("billing/api/order/order"),
        "{html}"
    );
    assert!(!html.contains("<script") && !html.contains("style="));

    let pay = format!("do=order&action=pay&id={}", invoice["id"].as_str().unwrap());
    assert_eq!(press(&server, &pay).await.0, 303);
    server.wait_for_status(id, "completed").await;
    until("the notification is listed", || async {
        page(&server).await.contains("<td>success</td>").then_some(())
    })
    .await;

    let before = server.clock.now();
    assert_eq!(press(&server, "do=clock&seconds=1800").await.0, 303);
    assert!(server.clock.now() - before >= std::time::Duration::from_secs(1800));

    assert_eq!(press(&server, "do=seed").await.0, 303);
    assert!(page(&server).await.contains("SEED-"));
    for number in ["", "null"] {
        assert_eq!(press(&server, &format!("do=test&number={number}")).await.0, 303);
    }
    until("both test calls are answered", || async {
        let log = server.control(json!({ "invoicebox": { "log": true } })).await;
        let entries = log["invoicebox"]["log"]["notifications"].as_array().unwrap().clone();
        let tests = entries.iter().filter(|entry| {
            entry["order_id"] == "ffffffff-ffff-ffff-ffff-ffffffffffff" && entry["outcome"] == "success"
        });
        (tests.count() == 2).then_some(())
    })
    .await;

    assert_eq!(press(&server, "do=reset").await.0, 303);
    assert!(page(&server).await.contains("Заказов ещё нет"));
    for nonsense in ["do=dance", "do=clock&seconds=soon", "do=order&action=pay&id=none", ""] {
        let (status, html) = press(&server, nonsense).await;
        assert!(status == 400 && html.contains("role=\"alert\""), "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_one_of_the_calls() {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    for path in ["v3/control", "v3/sandbox/control", "l3/control"] {
        let answer = server.get(&format!("/sandbox/invoicebox/{path}")).await;
        assert_eq!(answer.status(), 404, "{path}");
    }
}
