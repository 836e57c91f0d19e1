//! Withdrawals: refused, with a lost answer, and with what comes after them.

use serde_json::json;

use super::{FIRST, OrderPhase, SECOND, StationFixture};

#[tokio::test]
async fn a_withdrawal_is_refused_while_fuel_flows() {
    let station = StationFixture::new().await;
    station.control(json!({ "hold": "flow" }));
    station.release(FIRST).await;
    station.until_told(FIRST, &["accept", "fueling", "volume"]).await;
    assert_eq!(station.withdraw(FIRST).await, 400);
    station.control(json!({ "hold": "none" }));
    station.until_told(FIRST, &["accept", "fueling", "volume", "completed 12,00"]).await;
    assert_eq!(station.withdraw(FIRST).await, 400, "after the end too");
}

#[tokio::test]
async fn a_withdrawal_may_be_refused_without_fuel_by_the_fault_of_the_release_or_of_the_pump() {
    for is_set_before in [true, false] {
        let station = StationFixture::new().await;
        let set = || station.control(json!({ "fault": "withdrawal_refused", "once": true }));
        station.control(json!({ "hold": "nozzle" }));
        if is_set_before {
            set();
        }
        station.release(FIRST).await;
        station.until_told(FIRST, &["accept"]).await;
        if !is_set_before {
            set();
        }
        assert_eq!(station.withdraw(FIRST).await, 400);
        station.control(json!({ "hold": "none" }));
        station.until_told(FIRST, &["accept", "fueling", "volume", "completed 12,00"]).await;
        assert!(!station.find(FIRST).unwrap().withdrawn);
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_withdrawal_leaves_an_unknown_release_and_a_free_pump() {
    let station = StationFixture::new().await;
    station.control(json!({ "fault": "withdrawal_answer_lost", "once": true, "hold": "nozzle" }));
    station.release(FIRST).await;
    station.until_told(FIRST, &["accept"]).await;
    assert_eq!([station.withdraw(FIRST).await, station.withdraw(FIRST).await], [500, 404]);
    assert_eq!([station.ping(4).await, station.release(SECOND).await], [200, 200]);
    station.control(json!({ "hold": "none" }));
    station.until_phase(SECOND, OrderPhase::Completed).await;
    let order = station.find(FIRST).unwrap();
    assert!(order.withdrawn && order.released == 0 && order.phase == OrderPhase::Canceled);
}

#[tokio::test]
async fn an_unknown_release_cannot_be_withdrawn() {
    let station = StationFixture::new().await;
    station.release(FIRST).await;
    assert_eq!(station.withdraw(SECOND).await, 404, "not even of the same order");
    assert_eq!(station.find(FIRST).unwrap().phase, OrderPhase::Waiting);
}

#[tokio::test]
async fn a_station_that_accepts_after_the_withdrawal_stops_when_it_is_refused() {
    let station = StationFixture::new().await;
    station.fail_once("accept_after_withdrawal");
    station.answer_to("accept", 409);
    station.release(FIRST).await;
    station.assert_nothing_more_is_told(FIRST).await;
    assert_eq!(station.withdraw(FIRST).await, 200);
    station.until_told(FIRST, &["accept", "canceled"]).await;
    station.assert_nothing_more_is_told(FIRST).await;
    assert_eq!(station.find(FIRST).unwrap().released, 0);
}

/// A partner that permits what it has withdrawn gets the fuel, so that its error is seen.
#[tokio::test]
async fn a_station_that_accepts_after_the_withdrawal_pours_when_it_is_permitted() {
    let station = StationFixture::new().await;
    station.fail_once("accept_after_withdrawal");
    station.release(FIRST).await;
    station.withdraw(FIRST).await;
    station.until_told(FIRST, &["accept", "fueling", "volume", "completed 12,00"]).await;
    assert_eq!(station.find(FIRST).unwrap().released, 1);
}

#[tokio::test]
async fn fuel_may_flow_after_a_withdrawal_while_the_pump_serves_the_next_release() {
    let station = StationFixture::new().await;
    station.control(json!({ "fault": "fuel_after_withdrawal", "once": true, "hold": "ended" }));
    station.release(FIRST).await;
    station.until_told(FIRST, &["accept"]).await;
    assert_eq!([station.withdraw(FIRST).await, station.release(SECOND).await], [200, 200]);
    station.until_phase(SECOND, OrderPhase::Completed).await;
    assert_eq!(station.told(FIRST), ["accept"]);
    station.control(json!({ "hold": "none" }));
    station.until_told(FIRST, &["accept", "volume", "completed 12,00"]).await;
    let order = station.find(FIRST).unwrap();
    assert_eq!((order.withdrawn, order.released, order.dispensed.get()), (true, 1, 1200));
}

#[tokio::test]
async fn the_end_may_come_after_a_withdrawal_without_a_reading() {
    let station = StationFixture::new().await;
    station.control(json!({ "fault": "completed_after_cancel", "once": true, "hold": "nozzle" }));
    station.release(FIRST).await;
    station.until_told(FIRST, &["accept"]).await;
    assert_eq!(station.withdraw(FIRST).await, 200);
    station.control(json!({ "hold": "none" }));
    station.until_told(FIRST, &["accept", "completed 12,00"]).await;
}
