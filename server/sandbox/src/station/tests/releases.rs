//! Releases under ids of their own, and the pump that is free again after each.

use serde_json::json;

use super::{FIRST, OTHER, OrderPhase, SECOND, StationFixture};

const GOOD_DAY: [&str; 4] = ["accept", "fueling", "volume", "completed 12,00"];

#[tokio::test]
async fn releases_of_one_order_are_told_apart_by_their_ids() {
    let station = StationFixture::new().await;
    station.fail_once("cancel_before_fuel");
    assert_eq!(station.release(FIRST).await, 200);
    station.until_told(FIRST, &["accept", "canceled"]).await;
    assert_eq!(station.push(SECOND, 5, "OrderCreated").await.0, 200);
    station.until_told(SECOND, &GOOD_DAY).await;
    assert_eq!(station.told(FIRST), ["accept", "canceled"], "nothing of the second is told under the first");
    let (first, second) = (station.find(FIRST).unwrap(), station.find(SECOND).unwrap());
    assert_eq!((first.phase, first.released, first.dispensed.get()), (OrderPhase::Canceled, 0, 0));
    assert_eq!((second.phase, second.released, second.dispensed.get()), (OrderPhase::Completed, 1, 1200));
}

#[tokio::test]
async fn two_releases_of_one_order_may_run_at_once_and_have_receipts_of_their_own() {
    let station = StationFixture::new().await;
    assert_eq!(station.release(FIRST).await, 200);
    assert_eq!(station.push(SECOND, 5, "OrderCreated").await.0, 200);
    for id in [FIRST, SECOND] {
        station.until_told(id, &GOOD_DAY).await;
    }
    let receipt = |id: &str| station.received(id).last().unwrap().field("extendedOrderId").to_owned();
    assert_ne!(receipt(FIRST), receipt(SECOND));
}

#[tokio::test]
async fn a_release_that_is_pushed_again_is_carried_out_once() {
    let station = StationFixture::new().await;
    assert_eq!([station.release(FIRST).await, station.release(FIRST).await], [200, 200]);
    station.until_told(FIRST, &GOOD_DAY).await;
    station.assert_nothing_more_is_told(FIRST).await;
    let order = station.find(FIRST).unwrap();
    assert_eq!((order.pushes, order.released), (2, 1));
}

#[tokio::test]
async fn a_pump_with_a_release_is_taken_and_another_one_is_free() {
    let station = StationFixture::new().await;
    assert_eq!(station.release(FIRST).await, 200);
    assert_eq!([station.ping(4).await, station.ping(5).await], [404, 200]);
    assert_eq!(station.release(SECOND).await, 404);
    assert!(station.find(SECOND).is_none());
}

#[tokio::test]
async fn a_pump_is_free_again_after_a_release_that_ended_without_fuel() {
    let ends: [(&str, u16, &[&str]); 7] = [
        ("release_refused", 404, &[]),
        ("price", 402, &[]),
        ("busy", 404, &[]),
        ("order_lost", 500, &[]),
        ("release_hangs", 504, &[]),
        ("refuse", 200, &["canceled"]),
        ("cancel_before_fuel", 200, &["accept", "canceled"]),
    ];
    for (fault, status, told) in ends {
        let station = StationFixture::new().await;
        station.fail_once(fault);
        assert_eq!(station.release(FIRST).await, status, "{fault}");
        station.until_told(FIRST, told).await;
        assert_eq!(station.ping(4).await, 200, "{fault}");
        assert_eq!(station.release(SECOND).await, 200, "{fault}");
        station.until_told(SECOND, &GOOD_DAY).await;
        assert_eq!(station.told(FIRST), told, "{fault}");
    }
}

#[tokio::test]
async fn a_pump_is_free_again_after_a_withdrawal() {
    let station = StationFixture::new().await;
    station.control(json!({ "hold": "nozzle" }));
    station.release(FIRST).await;
    station.until_told(FIRST, &["accept"]).await;
    assert_eq!(
        [station.ping(4).await, station.withdraw(FIRST).await, station.ping(4).await],
        [404, 200, 200]
    );
    assert_eq!(station.release(SECOND).await, 200);
    station.control(json!({ "hold": "none" }));
    station.until_told(SECOND, &GOOD_DAY).await;
    assert_eq!(station.told(FIRST), ["accept"]);
}

/// The station stops and cancels when the partner does not confirm, and the next release finds the pump free.
#[tokio::test]
async fn a_refused_accept_or_fueling_stops_the_station() {
    for (call, told) in
        [("accept", &["accept", "canceled"][..]), ("fueling", &["accept", "fueling", "canceled"])]
    {
        let station = StationFixture::new().await;
        station.answer_to(call, 409);
        station.release(FIRST).await;
        station.until_told(FIRST, told).await;
        station.assert_nothing_more_is_told(FIRST).await;
        let order = station.find(FIRST).unwrap();
        assert_eq!((order.phase, order.released), (OrderPhase::Canceled, 0), "{call}");
        station.answer_to(call, 200);
        assert_eq!(station.release(OTHER).await, 200, "{call}");
        station.until_told(OTHER, &GOOD_DAY).await;
    }
}
