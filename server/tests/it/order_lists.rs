//! Lists of a station's orders: complete, however many orders the network has.

use domain::{
    id::{IdempotencyKey, OrderId, StationId},
    order::{Order, Status, machine::Effect},
};
use serde_json::{Value, json};
use server::database::Database;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

use test_support::{TestServer, WAIT_TIMEOUT, fuel_sale, on_both_databases, until};

on_both_databases! {
    a_desk_finds_its_order_behind_301_of_elsewhere,
    stations_of_earlier_orders_are_filled_in_batches,
    an_order_that_moves_between_two_statuses_is_listed_once,
}

const STATION: &str = "sever-12";
const OTHER_STATION: &str = "sever-1";
/// Orders of one list.
const MAX_LISTED_ORDERS: usize = 300;

async fn a_desk_finds_its_order_behind_301_of_elsewhere(server: TestServer) {
    server.advance_to_moscow_noon();
    let sold = server.sell(&fuel_sale()).await;
    server.pay(&sold.payment_url).await;
    let order = until("it is paid", || async {
        let order = server.stored(&sold.order_id).await;
        order.settlement.payment.is_some().then_some(order)
    })
    .await;
    ended_orders(&server, &order, MAX_LISTED_ORDERS + 1, OTHER_STATION).await;

    let everywhere = list(&server, "orders").await;
    assert_eq!((everywhere.0.len(), everywhere.1), (MAX_LISTED_ORDERS, true));
    assert!(!everywhere.0.contains(&json!(sold.order_id)), "301 are newer");
    for version in ["this one", "an earlier one, which wrote no station"] {
        let here = list(&server, &format!("orders?station_id={STATION}")).await;
        assert_eq!(here, (vec![json!(sold.order_id)], false), "{version}");
        let elsewhere = list(&server, &format!("orders?station_id={OTHER_STATION}")).await;
        assert_eq!((elsewhere.0.len(), elsewhere.1), (MAX_LISTED_ORDERS, true), "{version}");
        let nowhere = list(&server, "orders?station_id=nowhere").await;
        assert_eq!(nowhere, (vec![], false), "{version}");
        for (station, lines) in [(STATION, 1), (OTHER_STATION, 0)] {
            let (_, registry) = server.erp_get(&format!("reports/registry?station_id={station}")).await;
            assert_eq!(
                registry["orders"].as_array().unwrap().len(),
                lines,
                "{station}, {version}: {registry}"
            );
        }
        execute(&server, "UPDATE orders SET station_id = NULL").await;
    }
}

async fn stations_of_earlier_orders_are_filled_in_batches(server: TestServer) {
    let sold = server.sell(&fuel_sale()).await;
    let order = server.stored(&sold.order_id).await;
    ended_orders(&server, &order, 450, OTHER_STATION).await;
    execute(&server, "UPDATE orders SET station_id = NULL").await;
    let damaged = "UPDATE orders SET body = '{' WHERE number = (SELECT MIN(number) FROM orders)";
    execute(&server, damaged).await;

    let store = server.store();
    let unfilled = || count(&server, "SELECT COUNT(*) FROM orders WHERE station_id IS NULL");
    assert_eq!(unfilled().await, 451);
    let next = store.fill_station_ids(0).await.unwrap();
    let after_one = unfilled().await;
    assert!(next.is_some() && (1..451).contains(&after_one), "a batch of {} orders", 451 - after_one);
    // Another process begins from the start.
    let mut number = Some(0);
    while let Some(after) = number {
        number = store.fill_station_ids(after).await.unwrap();
    }
    assert_eq!(unfilled().await, 1, "all but the one that cannot be read");
    let filled = format!("SELECT COUNT(*) FROM orders WHERE station_id = '{OTHER_STATION}'");
    assert_eq!(count(&server, &filled).await, 450);
}

async fn an_order_that_moves_between_two_statuses_is_listed_once(server: TestServer) {
    let sold = server.sell(&fuel_sale()).await;
    let order = server.stored(&sold.order_id).await;
    ended_orders(&server, &order, 1, OTHER_STATION).await;
    let (first, second) = (Status::Completed, Status::Canceled);
    let database = Database::open(&server.database_url).await.unwrap();
    let moves = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&moves);
    let moving = tokio::spawn(async move {
        for status in [first, second].iter().cycle() {
            let mut transaction = database.write().await.unwrap();
            let sql = "UPDATE orders SET status = $1 WHERE status IN ('completed', 'canceled')";
            sqlx::query(sql).bind(status.name()).execute(&mut *transaction).await.unwrap();
            transaction.commit().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let store = server.store();
    let mut reads_across_a_move = 0;
    let reading = async {
        while reads_across_a_move < 100 {
            let before = moves.load(Ordering::SeqCst);
            assert_eq!(store.list_by_status(&[first, second]).await.unwrap().len(), 1);
            reads_across_a_move += usize::from(moves.load(Ordering::SeqCst) > before);
        }
    };
    tokio::time::timeout(WAIT_TIMEOUT, reading).await.expect("the order moves");
    moving.abort();
}

/// Orders like this one at another station, placed later, for which nothing is left to do.
async fn ended_orders(server: &TestServer, like: &Order, how_many: usize, station: &str) {
    let store = server.store();
    let mut now = server.clock.now();
    for _ in 0..how_many {
        now += Duration::from_millis(1);
        let mut order = like.clone();
        order.status = Status::Canceled;
        order.id = OrderId(Uuid::new_v4());
        order.station.id = StationId(station.to_owned());
        order.settlement = domain::order::settlement::Settlement::default();
        let build = move |number| {
            order.merchant_order_id = format!("{number}-elsewhere");
            order.number = number;
            order.into_cashier_sale(None)
        };
        let key = IdempotencyKey(Uuid::new_v4());
        store.insert(now, key, "draft".to_owned(), Effect::CreateInvoice, build).await.unwrap();
    }
}

/// The ids of a list, newest first, and whether there are more.
async fn list(server: &TestServer, path: &str) -> (Vec<Value>, bool) {
    let (status, list) = server.erp_get(path).await;
    assert_eq!(status, 200, "{list}");
    let ids = list["orders"].as_array().unwrap().iter().map(|order| order["view"]["id"].clone());
    (ids.collect(), list["more"] == json!(true))
}

async fn execute(server: &TestServer, sql: &str) {
    let database = Database::open(&server.database_url).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    sqlx::query(sql).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn count(server: &TestServer, sql: &str) -> i64 {
    let database = Database::open(&server.database_url).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(database.pool()).await.unwrap()
}
