//! The page of the station: releases, pumps, faults, and the buttons.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;
use tower::ServiceExt;

use super::{FIRST, OTHER, OrderPhase, SECOND, StationFixture};
use crate::station::{StationFault, page_router};

async fn send(station: &StationFixture, request: Request<Body>) -> (StatusCode, String) {
    let answer = page_router(station.station.clone()).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn page(station: &StationFixture) -> String {
    let (status, page) = send(station, Request::get("/sandbox/forecourt").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    page
}

async fn press(station: &StationFixture, form: &str) -> StatusCode {
    let request = Request::post("/sandbox/forecourt/press")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()));
    send(station, request.unwrap()).await.0
}

#[tokio::test]
async fn releases_are_listed_by_the_number_of_the_order_and_a_short_id() {
    let station = StationFixture::new().await;
    station.fail_once("cancel_before_fuel");
    station.release(FIRST).await;
    station.until_told(FIRST, &["accept", "canceled"]).await;
    station.control(json!({ "hold": "nozzle" }));
    station.push(SECOND, 5, "OrderCreated").await;
    station.until_told(SECOND, &["accept"]).await;
    station.withdraw(SECOND).await;
    station.fail_once("price");
    station.release(OTHER).await;
    let page = page(&station).await;
    for shown in [
        "10451 · …8f9a0b",
        "10451 · …a4b5c6",
        "10452 · …293a4b",
        "sever-12, № 4",
        "sever-12, № 5",
        "отменён станцией",
        "отозван",
        "402",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    assert!(!page.contains("<script") && !page.contains("style=\""));
}

#[tokio::test]
async fn every_fault_is_on_the_page_and_its_button_sets_it() {
    let station = StationFixture::new().await;
    for fault in StationFault::ALL {
        assert!(page(&station).await.contains(fault.label()), "{}", fault.label());
        assert_eq!(press(&station, &format!("fault={}", fault.name())).await, StatusCode::SEE_OTHER);
        let heading = format!("Сбой на всех колонках: {}", fault.label());
        assert!(page(&station).await.contains(&heading), "{heading}");
    }
}

#[tokio::test]
async fn a_fault_is_set_for_one_release_with_its_reason() {
    let station = StationFixture::new().await;
    let once = "fault=release_refused&station=sever-12&pump=4&once=yes";
    assert_eq!(press(&station, once).await, StatusCode::SEE_OTHER);
    assert_eq!(press(&station, "refusal_reason=на+ремонте").await, StatusCode::SEE_OTHER);
    assert!(page(&station).await.contains("Ждёт своего раза: отказ в пуске с причиной (sever-12, № 4)"));
    assert_eq!(station.push(FIRST, 4, "OrderCreated").await, (404, "на ремонте".to_owned()));
    assert!(!page(&station).await.contains("Ждёт своего раза"));
    assert_eq!(press(&station, "refusal_reason=").await, StatusCode::SEE_OTHER);
    assert_eq!(station.release(FIRST).await, 200);
}

#[tokio::test]
async fn a_callback_is_sent_by_a_button() {
    let station = StationFixture::new().await;
    assert_eq!(
        press(&station, &format!("id={OTHER}&call=completed&litre=10,00")).await,
        StatusCode::SEE_OTHER
    );
    station.until_told(OTHER, &["completed 10,00"]).await;
    assert_eq!(press(&station, &format!("id={OTHER}&call=completed")).await, StatusCode::BAD_REQUEST);
}

/// A page that reloads takes away what its reader is filling in.
#[tokio::test]
async fn the_page_reloads_only_while_a_release_moves_by_itself() {
    let station = StationFixture::new().await;
    let reloads = async || page(&station).await.contains("http-equiv=\"refresh\"");
    assert!(!reloads().await);
    station.release(FIRST).await;
    assert!(reloads().await);
    station.control(json!({ "hold": "nozzle" }));
    assert!(!reloads().await, "it is held");
    station.control(json!({ "hold": "none", "fault": "release_silent" }));
    station.until_phase(FIRST, OrderPhase::Completed).await;
    station.release(SECOND).await;
    assert!(!reloads().await, "nothing comes of it");
}
