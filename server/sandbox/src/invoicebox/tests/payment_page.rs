//! The payment page and its buttons.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::{EmulatorFixture, TEST_TIMEOUT};

fn page(order: &Value) -> String {
    format!("/sandbox/pay/{}", order["orderContainerId"].as_str().unwrap())
}

async fn look(fixture: &EmulatorFixture, path: &str) -> String {
    fixture.send(Request::get(path).body(Body::empty()).unwrap()).await.2
}

async fn press(fixture: &EmulatorFixture, order: &Value, action: &str, form: &str) -> String {
    let request = Request::post(format!("{}/{action}", page(order)))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()));
    let (status, headers, _) = fixture.send(request.unwrap()).await;
    assert_eq!(status, 303);
    headers["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_page_shows_the_invoice_without_script_or_inline_style() {
    let fixture = EmulatorFixture::new().await;
    let mut draft = fixture.draft("A-1");
    draft["description"] = json!("<script>alert(1)</script>");
    let order = fixture.order(&draft).await;
    let html = look(&fixture, &page(&order)).await;
    for text in ["ПЕСОЧНИЦА", "Оплатить гарантией", "Дать сроку истечь", "2\u{a0}900,96\u{a0}₽", "37,41 шт"]
    {
        assert!(html.contains(text), "{text}: {html}");
    }
    assert!(!html.contains("<script") && !html.contains("style="));
    assert!(look(&fixture, "/sandbox/pay.css").await.contains("button"));
    let (status, ..) = fixture.send(Request::get("/sandbox/pay/none").body(Body::empty()).unwrap()).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn the_payer_is_sent_back_and_the_notification_comes_after() {
    let mut fixture = EmulatorFixture::new().await;
    for (number, action, target, status) in [
        ("1", "money", "https://azs.example/o/1/ok", "completed"),
        ("2", "guarantee", "https://azs.example/o/1/ok", "completed"),
        ("3", "hold", "https://azs.example/o/1/ok", "hold"),
        ("4", "decline", "https://azs.example/o/1/fail", "created"),
        ("5", "leave", "https://azs.example/o/1", "created"),
    ] {
        let order = fixture.order(&fixture.draft(number)).await;
        assert_eq!(press(&fixture, &order, action, "").await, target);
        assert_eq!(fixture.status(order["id"].as_str().unwrap()).await, status);
        if status != "created" {
            fixture.clock.advance(Duration::from_secs(2));
            assert_eq!(fixture.shop.next().await.json()["status"], status);
            assert_eq!(press(&fixture, &order, action, "").await, page(&order), "paid once only");
        }
    }
}

#[tokio::test]
async fn an_expired_invoice_cannot_be_paid() {
    let fixture = EmulatorFixture::new().await;
    let order = fixture.order(&fixture.draft("A-1")).await;
    assert_eq!(press(&fixture, &order, "expire", "").await, page(&order));
    assert_eq!(fixture.status(order["id"].as_str().unwrap()).await, "expired");
    assert_eq!(press(&fixture, &order, "money", "").await, page(&order));
    let html = look(&fixture, &page(&order)).await;
    assert!(html.contains("Срок оплаты истёк") && !html.contains("<form"));

    let late = fixture.order(&fixture.draft("A-2")).await;
    fixture.clock.advance(Duration::from_secs(1800));
    assert_eq!(press(&fixture, &late, "money", "").await, page(&late));
    assert!(look(&fixture, &page(&late)).await.contains("Срок оплаты истёк"));
}

#[tokio::test]
async fn locked_and_hidden_requisites_stay_as_they_are() {
    let fixture = EmulatorFixture::new().await;
    let mut draft = fixture.draft("A-1");
    draft["invoiceSetting"] =
        json!({"customerLockedFields": ["vatNumber"], "customerHiddenFields": ["phone"]});
    draft["customer"]["phone"] = json!("79990001122");
    let order = fixture.order(&draft).await;
    let html = look(&fixture, &page(&order)).await;
    assert!(html.contains("name=\"vatNumber\" value=\"7707083893\" maxlength=\"20\" readonly"), "{html}");
    assert!(!html.contains("79990001122"));
    press(&fixture, &order, "money", "vatNumber=1&phone=2&email=a%40b.example&name=%D0%98%D0%9F+%D0%A3")
        .await;
    let (_, answer) = fixture
        .call("GET", &format!("{}/{}", super::ORDERS_PATH, order["id"].as_str().unwrap()), &Value::Null)
        .await;
    let customer = &answer["data"]["customer"];
    assert_eq!(customer["vatNumber"], "7707083893");
    assert_eq!(customer["phone"], "79990001122");
    assert_eq!(customer["email"], "a@b.example");
    assert_eq!(customer["name"], "ИП У");
}

#[tokio::test]
async fn with_shipping_control_the_page_waits_for_the_merchant() {
    let fixture = EmulatorFixture::new().await;
    fixture.control(json!({"shipping_control": true, "cancel_needs_shipping_unavailable": true}));
    fixture
        .shop
        .answers(&[(200, r#"{"status":"error","code":"shipping_unavailable","message":"Нет топлива"}"#)]);
    for (number, target) in [("1", "https://azs.example/o/1/fail"), ("2", "https://azs.example/o/1/ok")] {
        let order = fixture.order(&fixture.draft(number)).await;
        let wait = press(&fixture, &order, "guarantee", "").await;
        assert_eq!(wait, format!("{}/wait", page(&order)));
        let answered = async {
            loop {
                let (status, headers, html) =
                    fixture.send(Request::get(&wait).body(Body::empty()).unwrap()).await;
                if status == 303 {
                    return headers["location"].to_str().unwrap().to_owned();
                }
                assert!(html.contains("http-equiv=\"refresh\""));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert_eq!(tokio::time::timeout(TEST_TIMEOUT, answered).await.unwrap(), target);
        let path = format!("{}/{}", super::ORDERS_PATH, order["id"].as_str().unwrap());
        assert_eq!(
            fixture.status(order["id"].as_str().unwrap()).await,
            "completed",
            "money stays until cancelled"
        );
        let expected = if number == "1" { 200 } else { 422 };
        assert_eq!(fixture.call("DELETE", &path, &Value::Null).await.0, expected);
    }
}
