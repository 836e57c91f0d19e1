//! An order whose body cannot be read: nobody but that order is affected.

use domain::id::OrderId;
use reqwest::Method;
use serde_json::{Value, json};
use server::database::Database;

use test_support::{ERP_TOKEN, ErrorBody, Placed, TestServer, draft, fuel_sale, on_both_databases, until};

on_both_databases! {
    lists_leave_it_out_and_a_single_read_is_an_error_of_ours,
    reconciliation_goes_on_with_the_others,
    the_clock_and_the_outbox_go_on_with_the_others,
    a_start_goes_on_with_the_others,
}

fn id_of(placed: &Placed) -> OrderId {
    OrderId::parse(&placed.order_id).unwrap()
}

/// Cuts the body of an order in two.
async fn damage(server: &TestServer, id: OrderId) {
    let database = Database::open(&server.database_url).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    let sql = "UPDATE orders SET body = SUBSTR(body, 1, 100) WHERE id = $1";
    let damaged = sqlx::query(sql).bind(id.to_string()).execute(&mut *transaction).await.unwrap();
    assert_eq!(damaged.rows_affected(), 1);
    transaction.commit().await.unwrap();
}

async fn advance(server: &TestServer, seconds: u64) {
    server.control(json!({ "clock": { "advance_s": seconds } })).await;
}

fn ids(list: &Value, pointer: &str) -> Vec<Value> {
    let id = |line: &Value| line.pointer(pointer).unwrap().clone();
    list["orders"].as_array().unwrap().iter().map(id).collect()
}

async fn lists_leave_it_out_and_a_single_read_is_an_error_of_ours(server: TestServer) {
    server.advance_to_moscow_noon();
    let (damaged, whole) = (server.sell(&fuel_sale()).await, server.sell(&fuel_sale()).await);
    for sold in [&damaged, &whole] {
        server.pay(&sold.payment_url).await;
    }
    let before = until("both are paid", || async {
        let (_, registry) = server.erp_get("reports/registry").await;
        (registry["orders"].as_array().unwrap().len() == 2).then_some(registry)
    })
    .await;
    damage(&server, id_of(&damaged)).await;

    let only_whole = [json!(whole.order_id)];
    for path in ["orders", "orders?station_id=sever-12"] {
        let (status, list) = server.erp_get(path).await;
        assert_eq!((status, ids(&list, "/view/id")), (200, only_whole.to_vec()), "{path}: {list}");
    }
    let (status, registry) = server.erp_get("reports/registry").await;
    assert_eq!((status, ids(&registry, "/order_id")), (200, only_whole.to_vec()), "{registry}");
    // Its money is not lost: what is transferred is the sum of both.
    assert_eq!(registry["total"], before["total"], "{registry}");
    assert_eq!(registry["unreadable"][0]["number"], damaged.view.number.as_str(), "{registry}");
    let bearer = format!("Bearer {ERP_TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("accept", "text/csv")];
    let table = server.send(Method::GET, "/api/erp/v1/reports/registry", &headers, "").await;
    let table = table.text().await.unwrap();
    assert!(table.contains("не читается"), "{table}");
    let id = damaged.order_id.as_str();
    let (status, answer) = server.erp_get(&format!("orders/{id}")).await;
    assert_eq!((status, ErrorBody::of(&answer).code), (500, "internal"), "{answer}");
    let metrics = server.get("/metrics").await.text().await.unwrap();
    let counted = metrics.lines().find_map(|line| line.strip_prefix("kolonka_unreadable_orders_total "));
    assert!(counted.is_some_and(|count| count != "0"), "{counted:?}");
}

async fn reconciliation_goes_on_with_the_others(server: TestServer) {
    server.control(json!({ "invoicebox": { "notifications": { "webhook": false } } })).await;
    let mut placed = Vec::new();
    for _ in 0..3 {
        placed.push(server.place_order(&draft()).await);
    }
    let [damaged, paid, unpaid] = placed.as_slice() else { panic!("three orders") };
    damage(&server, id_of(damaged)).await;
    server.pay(&paid.payment_url).await;
    // The damaged one is the first to lapse.
    advance(&server, 1801).await;
    server.wait_for_status(&unpaid.order_id, "expired").await;
    until("the payment is found", || async {
        (server.order(&paid.order_id).await.count_of("paid") > 0).then_some(())
    })
    .await;
}

async fn the_clock_and_the_outbox_go_on_with_the_others(server: TestServer) {
    let fault = json!([{ "route": "any", "kind": "500", "times": 1000 }]);
    server.control(json!({ "invoicebox": { "fail_next": fault } })).await;
    for _ in 0..2 {
        assert_eq!(server.try_place(&draft()).await.0, 502);
    }
    let orders = server.store().list_by_status(&[domain::order::Status::Placing]).await.unwrap();
    let [damaged, whole] = orders.as_slice() else { panic!("two orders: {orders:?}") };
    damage(&server, damaged.id).await;
    // Its effect is put back with the reason, like any other that failed, and the other one's is tried again.
    let row = async |number: u32| {
        let rows = server.outbox().list(server.clock.wall()).await.unwrap();
        rows.into_iter().find(|row| row.number == i64::from(number))
    };
    let before = row(whole.number).await.unwrap().attempts;
    until("both were tried", || async {
        server.clock.advance(std::time::Duration::from_secs(1));
        let error = row(damaged.number).await?.last_error?;
        let attempts = row(whole.number).await?.attempts;
        (error.contains("cannot be read") && attempts > before).then_some(())
    })
    .await;
    advance(&server, 1801).await;
    server.wait_for_status(&whole.id.to_string(), "expired").await;
}

async fn a_start_goes_on_with_the_others(server: TestServer) {
    server.control(json!({ "forecourt": { "fault": "late" } })).await;
    let (damaged, whole) = (server.place_order(&draft()).await, server.place_order(&draft()).await);
    for placed in [&damaged, &whole] {
        server.pay(&placed.payment_url).await;
        server.wait_for_status(&placed.order_id, "authorising").await;
    }
    damage(&server, id_of(&damaged)).await;
    let left = server.orders.read.list_under_way().await.unwrap();
    assert_eq!(left.iter().map(|order| order.id).collect::<Vec<_>>(), [id_of(&whole)]);
}
