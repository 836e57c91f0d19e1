//! Starts and the kind of the station's link: one that comes twice at once, and orders that a link leaves behind.

use std::{sync::Arc, time::Duration};

use domain::order::{Discrepancy, Status};
use serde_json::{Value, json};
use server::station_link::{Capabilities, StationCallError, StationRefusal};
use test_support::{DatabaseKind, LinkCall, LinkDouble, TestServer, on_both_databases, until};

use super::{paid_order, start};

on_both_databases! {
    with (linked);
    a_press_that_comes_twice_at_once_is_no_objection_to_itself,
    an_order_whose_link_is_gone_waits_for_the_cashier,
    a_release_whose_link_is_gone_is_not_taken_for_withdrawn,
}

const DRIVES_PUMPS: Capabilities =
    Capabilities { drives_pumps: true, asks_pumps: true, withdraws_at_once: true, measures_full_tank: true };
const NONE: Capabilities = Capabilities {
    drives_pumps: false,
    asks_pumps: false,
    withdraws_at_once: false,
    measures_full_tank: false,
};

async fn linked(kind: DatabaseKind) -> (TestServer, Arc<LinkDouble>) {
    let link = LinkDouble::new(DRIVES_PUMPS);
    let server = TestServer::start_linked(kind, link.clone()).await;
    (server, link)
}

/// The pump is taken by the release of the first press when the station answers the second.
async fn a_press_that_comes_twice_at_once_is_no_objection_to_itself(
    (server, link): (TestServer, Arc<LinkDouble>),
) {
    let id = paid_order(&server).await;
    let seq = server.stored(&id).await.history_seq();
    let asked = link.count(LinkCall::Ping);
    link.fail(LinkCall::Ping, StationCallError::Refused(StationRefusal::Reason("занята".to_owned())));
    let held = link.hold_ping_failures().await;
    let second = start(&server, &id, 4, seq);
    let first = async {
        until("the second press asks for the pump", || async {
            (link.count(LinkCall::Ping) > asked).then_some(())
        })
        .await;
        let first = start(&server, &id, 4, seq).await;
        drop(held);
        first
    };
    let (second, first) = tokio::join!(second, first);
    assert_eq!(first.0, 200, "{}", first.1);
    assert_eq!(second.0, 200, "{}", second.1);
    server.wait_until_idle().await;
    assert_eq!(link.count(LinkCall::Release), 1);
}

/// A restart without a link, while paid orders wait for their drivers.
async fn an_order_whose_link_is_gone_waits_for_the_cashier((server, link): (TestServer, Arc<LinkDouble>)) {
    let id = paid_order(&server).await;
    assert_eq!(server.order(&id).await.json["start"]["allowed"], true);
    link.change_to(NONE);
    let view = server.order(&id).await.json;
    assert_eq!((&view["start"], &view["by_hand"]), (&Value::Null, &json!(true)), "{view}");
    let mut events = server.events(&id, None).await;
    let streamed = events.next().await.unwrap();
    assert!(streamed.view().json["start"].is_null(), "the stream shows the same");
    let seq = server.stored(&id).await.history_seq();
    let (status, answer) = start(&server, &id, 4, seq).await;
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("order_not_startable")), "{answer}");
    let path = format!("orders/{id}/complete");
    let (status, view) = server.erp_post(&path, &json!({ "dispensed_centi": 1870 })).await;
    assert_eq!((status, &view["status"]), (200, &json!("completed")), "{view}");
    let order = server.wait_until_settled(&id).await;
    assert_eq!((order.status, order.is_shipped()), (Status::Completed, true));
}

/// A restart without a link, while a pump is released: nobody can be asked, and fuel may flow.
async fn a_release_whose_link_is_gone_is_not_taken_for_withdrawn(
    (server, link): (TestServer, Arc<LinkDouble>),
) {
    let id = paid_order(&server).await;
    server.start_pump(&id, 4).await;
    server.wait_until_asked(&id).await;
    server.wait_until_idle().await;
    link.change_to(NONE);
    link.fail(LinkCall::Withdraw, StationCallError::Refused(StationRefusal::LeftToCashier));
    server.clock.advance(Duration::from_secs(31 * 60));
    let order = until("a person has to know", async || {
        let order = server.stored(&id).await;
        order.discrepancy(Discrepancy::ReleaseNotWithdrawn).is_some().then_some(order)
    })
    .await;
    assert_eq!((order.status, order.settlement.returns.len()), (Status::Authorising, 0));
    assert!(order.open_release().is_some());
    let path = format!("orders/{id}/complete");
    assert_eq!(server.erp_post(&path, &json!({ "dispensed_centi": 950 })).await.0, 200);
}
