//! Events of orders that are posted to the back office, whatever state it is in.

use std::time::Duration;

use serde_json::{Value, json};
use server::database::Database;

use test_support::{
    BackOffice, BackOfficeReply, DatabaseKind, TestServer, draft, fuel_sale, goods_draft, lines_sale,
    on_both_databases, until,
};

/// A server that posts its events to a back office.
async fn start_with_back_office(kind: DatabaseKind) -> (TestServer, BackOffice) {
    let office = BackOffice::open().await;
    let server = TestServer::start_with(kind, &office.variables()).await;
    let switches = json!({ "notifications": { "delay_ms": 0 }, "limits": { "enabled": false } });
    server.control(json!({ "invoicebox": switches })).await;
    (server, office)
}

on_both_databases! {
    with (start_with_back_office);
    every_step_is_posted_in_order,
    orders_of_customers_are_posted_too,
    a_refused_event_is_posted_again_before_later_ones,
    after_a_day_an_event_is_dead_and_can_be_retried,
}

async fn every_step_is_posted_in_order((server, office): (TestServer, BackOffice)) {
    let order = fuel_sale();
    let placed = server.sell(&order).await;
    let id = placed.order_id.as_str();
    let mut stream = server.events(id, None).await;
    server.pay(&placed.payment_url).await;
    while stream.next().await.is_some() {
        server.clock.advance(Duration::from_secs(1));
    }
    let statuses = office.wait_for_status(id, "completed").await;
    let mut steps = statuses.clone();
    steps.dedup();
    let good_day = ["placing", "awaiting_payment", "paid", "authorising", "ready", "fuelling", "completed"];
    assert_eq!(steps, good_day, "{statuses:?}");
    let events = office.events(id);
    let seqs: Vec<i64> = events.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
    for event in &events {
        assert_eq!((&event["event"], &event["external_id"]), (&json!("order.status"), &order["external_id"]));
        assert_eq!(
            event["order"]["history"].as_array().unwrap().last().unwrap()["status"],
            event["order"]["status"]
        );
    }
}

async fn orders_of_customers_are_posted_too((server, office): (TestServer, BackOffice)) {
    let placed = server.place_order(&goods_draft()).await;
    let id = placed.order_id.as_str();
    server.pay(&placed.payment_url).await;
    let statuses = office.wait_for_status(id, "ready").await;
    assert_eq!(
        statuses[..4],
        ["placing", "awaiting_payment", "paid", "ready"],
        "two steps of one change are both posted"
    );
    assert_eq!(office.events(id)[0]["external_id"], Value::Null);
    let other = server.place_order(&draft()).await;
    office.wait_for_status(&other.order_id, "awaiting_payment").await;
}

async fn a_refused_event_is_posted_again_before_later_ones((server, office): (TestServer, BackOffice)) {
    office.queue_replies(&[
        BackOfficeReply::Fail,
        BackOfficeReply::Malformed,
        BackOfficeReply::Redirect,
        BackOfficeReply::AnswerLate(Duration::from_secs(12)),
    ]);
    let id = &server.paid_sale(&lines_sale()).await.order_id;
    // Pauses grow to minutes: the clock is moved.
    let statuses = until("everything is taken", || async {
        server.clock.advance(Duration::from_secs(20));
        Some(office.accepted_statuses(id)).filter(|statuses| statuses.iter().any(|status| status == "ready"))
    })
    .await;
    assert_eq!(statuses[..4], ["placing", "awaiting_payment", "paid", "ready"]);
    let first_five: Vec<Value> = office.events(id)[..5].iter().map(|event| event["seq"].clone()).collect();
    assert_eq!(
        first_five,
        [json!(1), json!(1), json!(1), json!(1), json!(1)],
        "the first event again and again"
    );
}

/// The longest pause between two tries: an hour and a quarter of it.
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(4500);

/// Number of tries of the first event of an order, once the outcome of the last one is recorded.
async fn recorded_tries(database: &Database, id: &str) -> Option<i64> {
    let sql = "SELECT attempts FROM order_events WHERE order_id = $1 AND seq = 1 AND leased_until = 0";
    sqlx::query_scalar(sql).bind(id).fetch_optional(database.pool()).await.unwrap()
}

async fn after_a_day_an_event_is_dead_and_can_be_retried((server, office): (TestServer, BackOffice)) {
    office.set_down(true);
    let placed = server.sell(&lines_sale()).await;
    let id = placed.order_id.as_str();
    server.erp_post(&format!("orders/{id}/cancel"), &Value::Null).await;
    let database = Database::open(&server.database_url).await.unwrap();
    let (mut tries, mut passed) = (0, Duration::ZERO);
    let dead = loop {
        let tried_again = async || recorded_tries(&database, id).await.filter(|recorded| *recorded > tries);
        tries = until("the next try is recorded", tried_again).await;
        let (_, dead) = server.erp_get("events/dead").await;
        if dead["events"] != json!([]) {
            break dead;
        }
        server.clock.advance(MAX_RETRY_PAUSE);
        passed += MAX_RETRY_PAUSE;
    };
    let event = &dead["events"][0];
    assert_eq!(
        (&event["order_id"], &event["seq"], &event["behind"]),
        (&json!(id), &json!(1), &json!(2)),
        "{dead}"
    );
    assert!(event["last_error"].as_str().unwrap().contains("500"), "{dead}");
    assert!(passed >= Duration::from_secs(23 * 3600) && tries >= 10, "a day of tries: {passed:?}, {tries}");
    assert_eq!(i64::try_from(office.delivery_count()).unwrap(), tries, "of the first event alone");

    office.set_down(false);
    let other = server.sell(&fuel_sale()).await;
    office.wait_for_status(&other.order_id, "awaiting_payment").await;
    assert!(office.accepted_statuses(id).is_empty(), "nothing of this order goes before its first event");
    let (status, answer) = server.erp_post("events/retry", &json!({ "order_id": id })).await;
    assert_eq!((status, &answer["retried"]), (200, &json!(1)), "{answer}");
    assert_eq!(office.wait_for_status(id, "canceled").await, ["placing", "awaiting_payment", "canceled"]);
    let (_, dead) = server.erp_get("events/dead").await;
    assert_eq!(dead["events"], json!([]));
}
