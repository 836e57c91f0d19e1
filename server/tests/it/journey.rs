//! Whole lives of orders, good and bad.

use std::time::Duration;

use serde_json::{Value, json};

use test_support::{Event, Events, TestServer, draft, goods_draft, on_both_databases};

on_both_databases! {
    fuel_goes_from_payment_to_the_last_drop,
    goods_go_from_payment_to_the_counter,
    a_partial_fill_shows_the_refund,
    a_station_that_refuses_leaves_the_money_for_another_try_or_for_its_return,
    a_customer_may_cancel_before_the_payment,
    an_unpaid_order_lapses_and_cannot_be_paid_any_more,
    a_late_notification_returns_the_money,
}

/// Follows an order to its end. The clock is moved with each event, so that pumps run faster.
async fn follow_to_end(server: &TestServer, events: &mut Events) -> Vec<Event> {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        all.push(event);
        server.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(all.pop().unwrap().name, "end");
    all
}

/// Statuses without repetitions.
fn statuses(views: &[Event]) -> Vec<&str> {
    let mut statuses: Vec<&str> = views.iter().map(Event::status).collect();
    statuses.dedup();
    statuses
}

/// Places and pays; gives the id and the open stream.
async fn paid(server: &TestServer, draft: &Value) -> (String, Events) {
    let placed = server.place_order(draft).await;
    let id = placed.order_id.clone();
    let events = server.events(&id, None).await;
    server.pay(&placed.payment_url).await;
    (id, events)
}

async fn fuel_goes_from_payment_to_the_last_drop(server: TestServer) {
    let (_, mut events) = paid(&server, &draft()).await;
    let views = follow_to_end(&server, &mut events).await;
    let good_day = ["awaiting_payment", "paid", "authorising", "ready", "fuelling", "completed"];
    // The payment has started the pump in the same change.
    let shown: Vec<&str> = good_day.into_iter().filter(|status| *status != "paid").collect();
    assert_eq!(statuses(&views), shown);
    let last = views.last().unwrap().view();
    assert_eq!(last.statuses()[1..], good_day);
    assert_eq!(last.dispensed_centi, Some(3741));
    assert_eq!(last.final_kopecks, Some(last.total_kopecks));
    let volumes: Vec<i64> = views.iter().filter_map(|view| view.data["dispensed_centi"].as_i64()).collect();
    assert!(volumes.is_sorted(), "the meter never runs backwards: {volumes:?}");
}

async fn goods_go_from_payment_to_the_counter(server: TestServer) {
    let (_, mut events) = paid(&server, &goods_draft()).await;
    let views = follow_to_end(&server, &mut events).await;
    let last = views.last().unwrap().view();
    assert_eq!(last.statuses(), ["placing", "awaiting_payment", "paid", "ready", "completed"]);
    assert_eq!(last.dispensed_centi, None);
}

async fn a_partial_fill_shows_the_refund(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "partial" } })).await;
    let (_, mut events) = paid(&server, &draft()).await;
    let views = follow_to_end(&server, &mut events).await;
    let last = views.last().unwrap().view();
    assert_eq!((last.status.as_str(), last.dispensed_centi), ("completed", Some(1870)));
    let sums = (last.total_kopecks, last.final_kopecks, last.refund_kopecks);
    assert_eq!(sums, (278_143, Some(139_035), Some(139_108)));
    assert!(last.message().contains("Инвойсбокс вернёт"), "{last}");
}

async fn a_station_that_refuses_leaves_the_money_for_another_try_or_for_its_return(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "refuse" } })).await;
    let (id, _events) = paid(&server, &draft()).await;
    let view = test_support::until("the refused start", || async {
        let view = server.order(&id).await;
        (view.status == "paid" && view.json["start"]["tries_left"] == 4).then_some(view)
    })
    .await;
    assert_eq!(view.json["start"]["allowed"], true, "{view}");
    assert!(view.json["start"]["reason"].as_str().unwrap().contains("АЗС"), "{view}");
    let (status, _) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!(status, 200);
    let message = server.wait_for_status(&id, "canceled").await.message().to_owned();
    assert!(message.contains("Инвойсбокс вернёт") && message.contains("плательщику"), "{message}");
    let (english, asked) = ([("accept-language", "en")], json!({ "id": id }).to_string());
    let answer = server.send(reqwest::Method::POST, "/api/orders/get", &english, &asked).await;
    assert!(answer.text().await.unwrap().contains("Invoicebox returns"));
}

async fn a_customer_may_cancel_before_the_payment(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let body = json!({ "id": placed.order_id });
    for _ in 0..2 {
        let (status, view) = server.post("/api/orders/cancel", &body).await;
        assert_eq!((status, view["status"].as_str()), (200, Some("canceled")), "{view}");
    }
    let url = placed.payment_url.as_str();
    test_support::until("the payment page says so", || async {
        server.get(url).await.text().await.ok()?.contains("Заказ отменён").then_some(())
    })
    .await;

    let unknown = json!({ "id": "0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b" });
    assert_eq!(server.post("/api/orders/cancel", &unknown).await.0, 404);
}

async fn an_unpaid_order_lapses_and_cannot_be_paid_any_more(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    server.control(json!({ "clock": { "advance_s": 1860 } })).await;
    let view = server.wait_for_status(&placed.order_id, "expired").await;
    assert!(view.message().contains("Деньги не списаны"), "{view}");
    let page = server.get(&placed.payment_url).await.text().await.unwrap();
    assert!(page.contains("Срок оплаты истёк") && !page.contains("/money\""), "{page}");
}

async fn a_late_notification_returns_the_money(server: TestServer) {
    let switches =
        json!({ "notifications": { "fail_next": [{ "kind": "delay", "ms": 30000, "times": 1 }] } });
    server.control(json!({ "invoicebox": switches })).await;
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    server.pay_with(&placed.payment_url, "guarantee").await;
    // Cancelled between the payment and its notification, and not withdrawn before it.
    server.fail_always("cancel", "500").await;
    let (status, _) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!(status, 200);
    server.control(json!({ "clock": { "advance_s": 31 } })).await;
    let view = server.wait_for_status(id, "unavailable").await;
    server.fail_no_more().await;
    assert!(view.message().contains("Инвойсбокс вернёт"), "{view}");
    test_support::until("the payment is reversed", || async {
        server.clock.advance(std::time::Duration::from_secs(1));
        (server.invoices().await.first()?["status"] == "canceled").then_some(())
    })
    .await;
    assert!(server.order(id).await.count_of("authorising") == 0, "no fuel was released");
}
