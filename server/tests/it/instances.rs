//! Several instances on one PostgreSQL: what happens on one is published on every other, even over a lost connection.

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use test_support::{DatabaseKind, ErrorBody, InvoiceboxDouble, TestServer, draft, goods_draft, until};

/// Two instances; the second uses the Invoicebox of the first.
async fn two_instances() -> (TestServer, TestServer) {
    let first = TestServer::start(DatabaseKind::Postgres).await;
    let second = first.another_instance().await;
    (first, second)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_changed_on_one_instance_is_published_on_the_other() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let (first, second) = two_instances().await;
    let placed = second.place_order(&draft()).await;
    let mut events = first.events(&placed.order_id, None).await;
    assert_eq!(events.next().await.unwrap().status(), "awaiting_payment");
    let (status, canceled) = second.post("/api/orders/cancel", &json!({ "id": placed.order_id })).await;
    assert_eq!(status, 200, "{canceled}");
    let rest = events.rest().await;
    assert_eq!(rest.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["status", "end"]);
    assert_eq!(rest[0].data, canceled);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_a_paid_order_is_published_on_both() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let (first, second) = two_instances().await;
    let placed = first.place_order(&goods_draft()).await;
    let (mut here, mut there) =
        (first.events(&placed.order_id, None).await, second.events(&placed.order_id, None).await);
    first.pay(&placed.payment_url).await;
    for events in [&mut here, &mut there] {
        let all = events.rest().await;
        let statuses: Vec<_> =
            all.iter().filter(|event| event.name == "status").map(|event| event.status()).collect();
        assert_eq!((statuses.first(), statuses.last()), (Some(&"awaiting_payment"), Some(&"completed")));
        let ids: Vec<_> =
            all.iter().filter(|event| event.name == "status").filter_map(|event| event.id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    }
}

/// All callbacks of a station, to both instances at once and several times: one order, one end, one shipment.
#[tokio::test(flavor = "multi_thread")]
async fn callbacks_to_both_instances_are_recorded_once() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    // A station that calls nobody by itself.
    let (first, station) = test_support::start_with_station_double(DatabaseKind::Postgres).await;
    let second = first.another_instance_with(&station.variables()).await;
    let placed = second.place_order(&draft()).await;
    let mut events = first.events(&placed.order_id, None).await;
    first.pay(&placed.payment_url).await;
    let order = second.wait_until_asked(&placed.order_id).await;
    let id = order.id;
    let callbacks = [
        ("accept", ""),
        ("fueling", ""),
        ("volume", "litre=5"),
        ("volume", "litre=12,5"),
        ("completed", "litre=18,70"),
    ];
    for (call, fields) in callbacks {
        let here = (0..4).map(|_| first.send_callback(&order, call, fields));
        let there = (0..4).map(|_| second.send_callback(&order, call, fields));
        assert_eq!(join_all(here.chain(there)).await, [200; 8], "{call} {fields}");
    }
    let views = events.rest().await;
    let seen: Vec<_> = views.iter().filter_map(|event| event.data["dispensed_centi"].as_i64()).collect();
    assert!(seen.is_sorted() && seen.last() == Some(&1870), "{seen:?}");
    let order = until("settled", || async {
        let order = second.store().get(id).await.unwrap().unwrap();
        (order.is_shipped() && order.settlement.pending_returns().count() == 0).then_some(order)
    })
    .await;
    let statuses: Vec<_> = order.history.iter().map(|step| step.status.name()).collect();
    let good_day = ["placing", "awaiting_payment", "paid", "authorising", "ready", "fuelling", "completed"];
    assert_eq!(statuses, good_day, "each step once");
    assert_eq!((order.settlement.returns.len(), order.discrepancies.len()), (1, 0));
}

/// Waits until an order is recorded, whichever instance did it.
async fn recorded(server: &TestServer) {
    until("an order is recorded", || async { (server.count_orders().await > 0).then_some(()) }).await;
}

/// Two instances whose Invoicebox answers no creation before the test lets it.
async fn two_instances_with_held_creations() -> (TestServer, TestServer, InvoiceboxDouble) {
    let invoicebox = InvoiceboxDouble::open().await;
    invoicebox.hold_creations();
    let variables = [("INVOICEBOX_API_URL", invoicebox.url.as_str()), ("KOLONKA_FORECOURT", "none")];
    let first = TestServer::start_with(DatabaseKind::Postgres, &variables).await;
    let second = first.another_instance_with(&variables).await;
    (first, second, invoicebox)
}

/// Places a draft on the second instance and the same on the first one; Invoicebox answers when both customers wait.
async fn place_on_both(
    (first, second): (&TestServer, &TestServer),
    invoicebox: &InvoiceboxDouble,
) -> [(u16, Value); 2] {
    let draft = draft();
    let here = async {
        recorded(first).await;
        first.try_place(&draft).await
    };
    let answered = async {
        let waits = |server: &TestServer| server.hub.listened_orders().len() == 1;
        until("a customer waits on each, and one of the two asks Invoicebox", || async {
            (waits(first) && waits(second) && invoicebox.recorded_writes().len() == 1).then_some(())
        })
        .await;
        invoicebox.release_creations();
    };
    let (there, here, ()) = tokio::join!(second.try_place(&draft), here, answered);
    [there, here]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_waits_here_for_what_is_carried_out_there() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let (first, second, invoicebox) = two_instances_with_held_creations().await;
    let [there, here] = place_on_both((&first, &second), &invoicebox).await;
    assert_eq!(here.0, 200, "{}", here.1);
    assert_eq!(there, here);
    assert_eq!(invoicebox.recorded_writes().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_try_on_one_instance_reaches_the_customer_on_the_other() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let (first, second, invoicebox) = two_instances_with_held_creations().await;
    invoicebox.fail_next_creation();
    let [(there, _), (here, body)] = place_on_both((&first, &second), &invoicebox).await;
    assert_eq!((there, here), (502, 502), "{body}");
    // Without a message from the other instance it would have waited until its limit and answered with a timeout.
    assert_eq!(ErrorBody::of(&body).code, "payment_provider_error", "{body}");
}

/// The server's database for those who look after it; not the one under test.
async fn administrator(server: &TestServer) -> (PgConnection, String) {
    let (address, name) = server.database_url.rsplit_once('/').unwrap();
    let connection = PgConnection::connect(&format!("{address}/postgres")).await.unwrap();
    (connection, name.to_owned())
}

/// The connections on which instances listen. One that has been silent for a while was asked whether it is alive.
async fn listening(administrator: &mut PgConnection, database: &str) -> Vec<i32> {
    let sql = "SELECT pid FROM pg_stat_activity \
               WHERE datname = $1 AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')";
    sqlx::query_scalar(sql).bind(database).fetch_all(administrator).await.unwrap()
}

/// Waits until both instances listen on connections other than these; gives theirs.
async fn wait_until_both_listen(first: &TestServer, lost: &[i32]) -> Vec<i32> {
    until("both listen", || async {
        let (mut administrator, name) = administrator(first).await;
        let pids = listening(&mut administrator, &name).await;
        (pids.len() == 2 && !pids.iter().any(|pid| lost.contains(pid))).then_some(pids)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_reopened_and_missed_changes_are_published() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let (first, second) = two_instances().await;
    let (mut administrator, name) = administrator(&first).await;
    let mut listeners = wait_until_both_listen(&first, &[]).await;
    for _ in 0..3 {
        let placed = second.place_order(&draft()).await;
        let mut events = first.events(&placed.order_id, None).await;
        assert_eq!(events.next().await.unwrap().status(), "awaiting_payment");
        // Nobody can connect while the order changes; the connections that are open go on.
        for server in [&first, &second] {
            server.open_all_connections().await;
        }
        administrator
            .execute(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false").as_str())
            .await
            .unwrap();
        for pid in &listeners {
            let sql = "SELECT pg_terminate_backend($1)";
            let is_killed: bool =
                sqlx::query_scalar(sql).bind(pid).fetch_one(&mut administrator).await.unwrap();
            assert!(is_killed);
        }
        let (status, canceled) = second.post("/api/orders/cancel", &json!({ "id": placed.order_id })).await;
        administrator
            .execute(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true").as_str())
            .await
            .unwrap();
        assert_eq!(status, 200, "{canceled}");
        let rest = events.rest().await;
        assert_eq!(rest.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["status", "end"]);
        assert_eq!(rest[0].data, canceled);
        listeners = wait_until_both_listen(&first, &listeners).await;
    }
}
