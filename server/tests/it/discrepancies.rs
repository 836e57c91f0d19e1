//! The life of a discrepancy: it comes, it is settled or ends by itself, and it may come again.

use std::{collections::HashSet, process::ExitCode, time::Duration};

use domain::order::{Discrepancy, Order};
use serde_json::{Value, json};
use server::{
    clock::to_millis,
    commands,
    config::Config,
    database::Database,
    orders::{DiscrepancyFilter, ListedDiscrepancy},
};

use test_support::{DatabaseKind, ErrorBody, TestServer, draft, on_both_databases, until};

async fn started(kind: DatabaseKind) -> TestServer {
    test_support::start_with_station_double(kind).await.0
}

on_both_databases! {
    with (started);
    a_settled_discrepancy_may_come_again_in_the_same_words,
    the_next_one_is_shown_after_twenty_were_settled,
    each_is_settled_by_its_own_id,
    one_that_holds_the_money_ends_by_the_decision_alone,
    what_is_overdue_is_looked_at_again_after_it_was_settled,
    pages_show_every_one_once,
    what_an_earlier_version_has_settled_stays_settled,
    the_command_line_settles_by_id_and_by_kind,
}

/// An order that nobody has paid.
async fn unpaid(server: &TestServer) -> Order {
    let placed = server.place_order(&draft()).await;
    server.stored(&placed.order_id).await
}

/// The station says that fuel came out for it.
async fn report_fuel(server: &TestServer, order: &Order, litre: &str) {
    assert_eq!(server.send_callback(order, "completed", &format!("litre={litre}")).await, 200);
}

async fn listed(server: &TestServer, filter: DiscrepancyFilter) -> Vec<ListedDiscrepancy> {
    server.store().discrepancies(filter).await.unwrap()
}

async fn open(server: &TestServer) -> Vec<ListedDiscrepancy> {
    listed(server, DiscrepancyFilter::Open).await
}

async fn settle(server: &TestServer, id: &str, note: &str) -> (u16, Value) {
    server.erp_post(&format!("discrepancies/{id}/settle"), &json!({ "note": note })).await
}

async fn a_settled_discrepancy_may_come_again_in_the_same_words(server: TestServer) {
    let order = unpaid(&server).await;
    report_fuel(&server, &order, "5").await;
    report_fuel(&server, &order, "5").await;
    let first = open(&server).await;
    assert_eq!((first.len(), first[0].id.as_str()), (1, format!("{}-1", order.number).as_str()));
    assert_eq!(settle(&server, &first[0].id, "акт 12").await.0, 200);
    assert_eq!(settle(&server, &first[0].id, "акт 12").await.0, 200, "the answer was lost");
    assert!(open(&server).await.is_empty());
    assert!(server.stored(&order.id.to_string()).await.discrepancies.is_empty(), "an event of the order");

    report_fuel(&server, &order, "5").await;
    let second = open(&server).await;
    assert_eq!((second.len(), &second[0].detail), (1, &first[0].detail));
    assert_eq!(second[0].id, format!("{}-2", order.number));
    let all = listed(&server, DiscrepancyFilter::All).await;
    let notes: Vec<_> = all.iter().map(|row| row.settled.as_ref().map(|it| it.note.as_str())).collect();
    assert_eq!(notes, [Some("акт 12"), None]);
    let (status, answer) = settle(&server, &first[0].id, "акт 13").await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "it is closed: {answer}");
}

async fn the_next_one_is_shown_after_twenty_were_settled(server: TestServer) {
    let order = unpaid(&server).await;
    for litre in 1..=25 {
        report_fuel(&server, &order, &litre.to_string()).await;
    }
    let shown = open(&server).await;
    assert_eq!(shown.len(), 20, "a bounded number of open ones");
    for row in &shown {
        assert_eq!(settle(&server, &row.id, "учтено").await.0, 200);
    }
    report_fuel(&server, &order, "1").await;
    report_fuel(&server, &order, "25").await;
    let details: Vec<_> = open(&server).await.into_iter().map(|row| row.id).collect();
    assert_eq!(details, [format!("{}-21", order.number), format!("{}-22", order.number)]);
}

async fn each_is_settled_by_its_own_id(server: TestServer) {
    let order = unpaid(&server).await;
    report_fuel(&server, &order, "5").await;
    report_fuel(&server, &order, "7").await;
    let rows = open(&server).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(settle(&server, &rows[1].id, "акт 2").await.0, 200);
    assert_eq!(open(&server).await, rows[..1]);
    for (id, note, status) in [("1-1", "нет такого", 404), ("x", "нет такого", 404), (&rows[0].id, " ", 400)]
    {
        let (answered, answer) = settle(&server, id, note).await;
        assert_eq!(answered, status, "{id}: {answer}");
    }
    assert_eq!(settle(&server, &rows[0].id, &"а".repeat(1001)).await.0, 400);
}

async fn one_that_holds_the_money_ends_by_the_decision_alone(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    report_fuel(&server, &server.stored(id).await, "5").await;
    server.pay(&placed.payment_url).await;
    until("it is paid, and its money held", || async {
        server.stored(id).await.hold.is_some().then_some(())
    })
    .await;
    let row = open(&server).await.remove(0);
    let (status, answer) = settle(&server, &row.id, "разобрались").await;
    assert_eq!((status, ErrorBody::of(&answer).code), (409, "conflict"), "{answer}");
    assert_eq!(open(&server).await.len(), 1, "nothing is recorded");
    let (status, answer) =
        server.erp_post(&format!("orders/{id}/cancel"), &json!({ "reason": "не тот клиент" })).await;
    assert_eq!(status, 200, "{answer}");
    let all = listed(&server, DiscrepancyFilter::All).await;
    let row = all.iter().find(|one| one.id == row.id).unwrap();
    assert_eq!((row.closed_at.is_some(), &row.settled), (true, &None), "ended by the decision");
}

async fn what_is_overdue_is_looked_at_again_after_it_was_settled(server: TestServer) {
    let placed = server.place_order(&draft()).await;
    let id = placed.order_id.as_str();
    server.pay(&placed.payment_url).await;
    let order = server.wait_until_asked(id).await;
    assert_eq!(server.send_callback(&order, "fueling", "").await, 200);
    let mut ids = HashSet::new();
    for _ in 0..2 {
        server.clock.advance(Duration::from_secs(3 * 3600 + 60));
        let row = until("nobody has reported the end", || async {
            open(&server).await.into_iter().find(|row| row.what == Discrepancy::EndNotReported.name())
        })
        .await;
        assert_eq!(settle(&server, &row.id, "звоним на АЗС").await.0, 200);
        assert!(ids.insert(row.id), "it came again");
    }
}

async fn pages_show_every_one_once(server: TestServer) {
    // As many as a bad month leaves, 205 of them open.
    let order = unpaid(&server).await;
    let database = Database::open(&server.database_url).await.unwrap();
    for n in 1..=210_i64 {
        let sql = "INSERT INTO order_discrepancies (id, order_id, what, at, detail, closed_at) VALUES ($1, $2, 'paid_twice', $3, '', $4)";
        let query = sqlx::query(sql)
            .bind(format!("{}-{n}", order.number))
            .bind(order.id.to_string())
            .bind(to_millis(order.placed_at) + n / 50)
            .bind((n > 205).then_some(0_i64));
        query.execute(database.pool()).await.unwrap();
    }
    for (filter, count) in [("", 205), ("all=true&", 210)] {
        let (mut ids, mut cursor) = (HashSet::new(), String::new());
        loop {
            let (status, page) = server.erp_get(&format!("discrepancies?{filter}{cursor}")).await;
            assert_eq!(status, 200, "{page}");
            for row in page["discrepancies"].as_array().unwrap() {
                assert_eq!(row["order_id"], order.id.to_string());
                assert!(ids.insert(row["id"].as_str().unwrap().to_owned()), "twice: {row}");
            }
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("cursor={next}");
        }
        assert_eq!(ids.len(), count, "{filter}");
    }
    assert_eq!(server.erp_get("discrepancies?cursor=x").await.0, 400);
}

/// It wrote the note to the row, and left the discrepancy in the order.
async fn what_an_earlier_version_has_settled_stays_settled(server: TestServer) {
    let order = unpaid(&server).await;
    report_fuel(&server, &order, "5").await;
    let database = Database::open(&server.database_url).await.unwrap();
    let sql = "UPDATE order_discrepancies SET closed_at = 1, settled_at = 1, settled_note = 'акт 1'";
    sqlx::query(sql).execute(database.pool()).await.unwrap();
    assert_eq!(server.stored(&order.id.to_string()).await.discrepancies.len(), 1);
    report_fuel(&server, &order, "7").await;
    report_fuel(&server, &order, "5").await;
    let details: Vec<_> = open(&server).await.into_iter().map(|row| row.id).collect();
    assert_eq!(details, [format!("{}-2", order.number), format!("{}-3", order.number)]);
    let first = listed(&server, DiscrepancyFilter::All).await.remove(0);
    assert_eq!(first.settled.map(|it| it.note).as_deref(), Some("акт 1"));
}

async fn the_command_line_settles_by_id_and_by_kind(server: TestServer) {
    let url = server.database_url.clone();
    let config = Config::read(|name| (name == "DATABASE_URL").then(|| url.clone())).unwrap();
    let order = unpaid(&server).await;
    for litre in ["5", "7", "9"] {
        report_fuel(&server, &order, litre).await;
    }
    let rows = open(&server).await;
    let run = |id: String, what: Option<Discrepancy>, succeeds: bool| {
        let config = &config;
        async move {
            let code = commands::orders::settle(config, &id, what, "акт").await.unwrap();
            assert_eq!(code == ExitCode::SUCCESS, succeeds, "{id} {what:?}");
        }
    };
    run(rows[0].id.clone(), None, true).await;
    run("99-1".to_owned(), None, false).await;
    assert_eq!(open(&server).await.len(), 2);
    run(order.number.to_string(), Some(Discrepancy::PaidTwice), false).await;
    run(order.number.to_string(), Some(Discrepancy::DispensedUnpaid), true).await;
    assert!(open(&server).await.is_empty());
    assert!(server.stored(&order.id.to_string()).await.discrepancies.is_empty());
}
