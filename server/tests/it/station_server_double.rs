//! The double of a station server: answers by status and by pump, pushes by id.

use serde_json::json;
use test_support::{
    StationServerAnswer::{Closes, Status},
    StationServerCall::{self, OrderCreated, UserCanceled},
    StationServerDouble,
};

async fn ping(station: &StationServerDouble, pump: u64) -> u16 {
    let query = format!("apikey=k&stationId=sever-12&columnId={pump}");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(format!("{}/ping?{query}", station.url)).send().await.unwrap().status().as_u16()
}

/// Returns the status of the answer; `None` for a connection that was closed without one.
async fn push(station: &StationServerDouble, id: &str, status: &str) -> Option<u16> {
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let body = json!({ "Id": id, "Status": status, "ColumnId": 4 });
    let answer = client.post(format!("{}/order", station.url)).json(&body).send().await.ok()?;
    Some(answer.status().as_u16())
}

#[tokio::test]
async fn pushes_are_answered_by_their_status_and_told_apart_by_their_id() {
    let station = StationServerDouble::open().await;
    station.queue_answers(&[Status(401, "")]);
    station.queue_answers_to(UserCanceled, &[Closes, Status(404, "")]);
    station.set_answer_to(UserCanceled, Some(Status(400, "")));
    let mut answers = Vec::new();
    for (id, status) in [
        ("a", "OrderCreated"),
        ("a", "OrderCreated"),
        ("b", "OrderCreated"),
        ("a", "UserCanceled"),
        ("a", "UserCanceled"),
        ("a", "UserCanceled"),
        ("b", "Expire"),
    ] {
        answers.push(push(&station, id, status).await);
    }
    let expected = [Some(401), Some(200), Some(200), None, Some(404), Some(400), Some(200)];
    assert_eq!(answers, expected);
    assert_eq!(station.release_ids(), ["a", "b"]);
    assert_eq!(station.wait_for_release(2).await, "b");
    assert_eq!(station.calls_of("b"), [OrderCreated, StationServerCall::Expire]);
    assert_eq!(station.pushes_of("a").iter().filter(|push| push.call() == UserCanceled).count(), 3);
}

#[tokio::test]
async fn a_ping_is_answered_by_its_pump_first() {
    let station = StationServerDouble::open().await;
    station.set_ping_answer_at(4, Some(Status(404, "")));
    assert_eq!([ping(&station, 4).await, ping(&station, 5).await], [404, 200]);
    station.set_ping_answer(Some(Status(500, "")));
    station.queue_answers_to(StationServerCall::Ping, &[Status(200, "")]);
    assert_eq!([ping(&station, 4).await, ping(&station, 5).await, ping(&station, 5).await], [404, 200, 500]);
    station.set_ping_answer_at(4, None);
    assert_eq!(ping(&station, 4).await, 500);
}
