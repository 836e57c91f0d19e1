//! The life of an order as events.

use std::sync::Arc;

use serde_json::{Value, json};
use server::orders::OrderUpdate;

use test_support::{ErrorBody, TestServer, draft, goods_draft, on_both_databases};

on_both_databases! {
    the_current_view_comes_at_once_and_the_stream_ends_after_the_last_status,
    last_event_id_leaves_out_what_was_seen,
    an_unknown_order_is_404_before_the_stream,
    ids_are_unique_and_grow,
    a_reader_that_lags_behind_goes_on_with_the_newest,
}

async fn the_current_view_comes_at_once_and_the_stream_ends_after_the_last_status(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let mut events = server.events(id, None).await;
    let first = events.next().await.unwrap();
    assert_eq!((first.name.as_str(), &first.data), ("status", &placed.view.json));
    let (status, canceled) = server.post("/api/orders/cancel", &json!({ "id": id })).await;
    assert_eq!(status, 200, "{canceled}");
    let rest = events.rest().await;
    let names: Vec<_> = rest.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["status", "end"]);
    assert_eq!(rest[0].data, canceled);
}

async fn last_event_id_leaves_out_what_was_seen(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let seen = server.events(id, None).await.next().await.unwrap().id;
    let mut again = server.events(id, seen).await;
    server.post("/api/orders/cancel", &json!({ "id": id })).await;
    let next = again.next().await.unwrap();
    assert_eq!(next.status(), "canceled", "the status that was seen is not repeated");
    // Everything was seen: only the end is left.
    let rest = server.events(id, next.id).await.rest().await;
    assert_eq!(rest.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["end"]);
    // A page that opens its stream again can only say so in the address.
    let path = format!("/api/orders/{id}/events?last_event_id={}", next.id.unwrap());
    let text = server.get(&path).await.text().await.unwrap();
    assert!(text.starts_with("event: end\n") && !text.contains("event: status"), "{text}");
    let text = server.get(&format!("/api/orders/{id}/events?last_event_id=x")).await.text().await.unwrap();
    assert!(text.starts_with("event: status\n"), "{text}");
}

async fn an_unknown_order_is_404_before_the_stream(server: TestServer) {
    for id in ["0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b", "nonsense", "1"] {
        let response = server.get(&format!("/api/orders/{id}/events")).await;
        assert_eq!(response.status(), 404, "{id}");
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(ErrorBody::of(&body).code, "not_found", "{id}");
    }
}

async fn ids_are_unique_and_grow(server: TestServer) {
    let placed = server.place_order(&goods_draft()).await;
    let mut events = server.events(&placed.order_id, None).await;
    server.pay(&placed.payment_url).await;
    let all = events.rest().await;
    let ids: Vec<u64> =
        all.iter().filter(|event| event.name == "status").map(|event| event.id.unwrap()).collect();
    assert!(ids.len() >= 2 && ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    assert_eq!(all.last().unwrap().name, "end");
    assert_eq!(all.iter().filter(|event| event.name == "end").count(), 1);
}

/// Far more updates than are kept for a reader.
const PUBLISHED: usize = 5000;

async fn a_reader_that_lags_behind_goes_on_with_the_newest(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    let mut events = server.events(id, None).await;
    let first = events.next().await.unwrap().id.unwrap();
    let mut order = server.stored(id).await;
    // Faster than any reader is.
    for _ in 0..PUBLISHED {
        order.seq += 1;
        server.hub.publish(order.id, OrderUpdate::changed(&Arc::new(order.clone())));
    }
    let (newest, mut seen, mut received) = (u64::from(order.seq), first, 0);
    while seen < newest {
        let id = events.next().await.unwrap().id.unwrap();
        assert!(id > seen, "{id} after {seen}");
        seen = id;
        received += 1;
    }
    assert!(received < PUBLISHED, "nothing was left out: the reader has not lagged");
}
