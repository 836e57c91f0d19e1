//! What must be true in the end, however often the server was killed.

use std::collections::{HashMap, HashSet};

use sandbox::station::OrderPhase;
use serde_json::Value;

use crate::{process::Installation, scenario::Scenario};
use test_support::{TestServer, kopecks};

/// Every order ended as its customer wanted, once, with the right money, and nothing is left to do.
pub async fn assert_all_orders_consistent(
    kolonka: &Installation,
    invoicebox: &TestServer,
    orders: &[(Scenario, Value)],
) {
    kolonka
        .wait_for_end("the outbox is empty", || async {
            let metrics = kolonka.get("/metrics").await?;
            let empty = |name: &str| metrics.lines().any(|line| line == format!("{name} 0"));
            (empty("kolonka_outbox_depth") && empty("kolonka_outbox_dead")).then_some(())
        })
        .await;
    let invoices = invoicebox.invoices().await;
    let mut seen = HashSet::new();
    let mut expected: HashMap<&str, usize> = HashMap::new();
    for (scenario, view) in orders {
        assert!(seen.insert(view["id"].to_string()), "one order for two customers: {view}");
        assert_ended_well(*scenario, view);
        *expected.entry(view["status"].as_str().unwrap()).or_default() += 1;
        assert_one_invoice(kolonka, &invoices, *scenario, view);
    }
    // No order beyond those of the customers. A kill at the last of all commits may fall here.
    let metrics = kolonka.wait_for_end("the server is up", || kolonka.get("/metrics")).await;
    for line in metrics.lines().filter(|line| line.starts_with("kolonka_orders{")) {
        let (name, count) = line.rsplit_once(' ').unwrap();
        let status = name.split('"').nth(1).unwrap();
        let wanted = expected.get(status).copied().unwrap_or(0);
        assert_eq!(count, wanted.to_string(), "{status}: {metrics}");
    }
    assert_released_once(kolonka, orders);
    assert_no_discrepancies(&kolonka.log());
}

fn assert_ended_well(scenario: Scenario, view: &Value) {
    let status = view["status"].as_str().unwrap();
    assert!(scenario.final_statuses().contains(&status), "{view}");
    let steps: Vec<&str> =
        view["history"].as_array().unwrap().iter().filter_map(|step| step["status"].as_str()).collect();
    let wanted: &[&str] = match scenario {
        Scenario::CancelPaid if status != "completed" => {
            &["placing", "awaiting_payment", "paid", "authorising", "ready", status]
        }
        Scenario::Fuel | Scenario::CancelPaid => {
            &["placing", "awaiting_payment", "paid", "authorising", "ready", "fuelling", "completed"]
        }
        Scenario::Goods => &["placing", "awaiting_payment", "paid", "ready", "completed"],
        Scenario::Cancel => &["placing", "awaiting_payment", "canceled"],
    };
    // Each step once; only these may be skipped, where one callback of the station overtook another.
    let mut rest = steps.iter();
    for step in wanted {
        let skipped = matches!(*step, "authorising" | "ready" | "fuelling") && !steps.contains(step);
        assert!(skipped || rest.next() == Some(step), "{steps:?}");
    }
    assert_eq!(rest.next(), None, "{steps:?}");
    if scenario != Scenario::Cancel {
        let [total, kept, back] =
            ["total_kopecks", "final_kopecks", "refund_kopecks"].map(|name| view[name].as_i64().unwrap());
        let expected = if status == "completed" { (total, 0) } else { (0, total) };
        assert_eq!((kept, back), expected, "all of it was delivered, or nothing: {view}");
    }
}

/// Invoicebox holds one live invoice for the order, of its sum and paid, or none for a cancelled one.
fn assert_one_invoice(kolonka: &Installation, invoices: &[Value], scenario: Scenario, view: &Value) {
    let prefix = format!("{}-", view["number"].as_str().unwrap());
    let starts = |invoice: &Value, name: &str, with: &str| {
        invoice[name].as_str().is_some_and(|text| text.starts_with(with))
    };
    // Several installations may share this Invoicebox; their addresses distinguish them.
    let of_order = |invoice: &&Value| {
        starts(invoice, "merchantOrderId", &prefix) && starts(invoice, "notificationUrl", &kolonka.url)
    };
    let all: Vec<&Value> = invoices.iter().filter(of_order).collect();
    let live: Vec<&&Value> = all.iter().filter(|invoice| invoice["status"] != "canceled").collect();
    if scenario == Scenario::Cancel {
        assert!(live.is_empty(), "{prefix}: {all:?}");
        return;
    }
    if view["status"] != "completed" {
        // Its payment was returned as a whole, or refunded: the refund itself is checked by the sums.
        assert!(live.len() <= 1, "{prefix}: {all:?}");
        return;
    }
    assert_eq!(live.len(), 1, "{prefix}: {all:?}");
    assert_eq!(live[0]["status"], "completed", "{prefix}: {all:?}");
    assert_eq!(Some(kopecks(&live[0]["amount"])), view["total_kopecks"].as_i64(), "{prefix}: {all:?}");
}

/// Whatever happened to the process, the station, which remembers, released one pump for an order, once, and received its
/// end; it released none for a cancelled order.
fn assert_released_once(kolonka: &Installation, orders: &[(Scenario, Value)]) {
    let mut numbers = HashSet::new();
    let cancelled = orders.iter().filter(|(_, view)| view["status"] != "completed");
    let cancelled: HashSet<String> =
        cancelled.map(|(_, view)| view["number"].as_str().unwrap().to_owned()).collect();
    for at_station in kolonka.station.orders() {
        let number = u32::from_str_radix(&at_station.id[..8], 16).unwrap();
        if cancelled.contains(&number.to_string()) {
            assert_eq!(
                (at_station.released, at_station.phase),
                (0, OrderPhase::Canceled),
                "nothing flowed: {at_station:?}"
            );
            continue;
        }
        assert!(numbers.insert(number), "{number} has two ids there: {at_station:?}");
        assert_eq!((at_station.released, at_station.phase), (1, OrderPhase::Completed), "{at_station:?}");
        // A report whose answer a kill cut off is repeated.
        assert!(
            !at_station.ended_as.is_empty() && at_station.ended_as.iter().all(|it| it == "Completed"),
            "{at_station:?}"
        );
    }
    let fuelled =
        |(scenario, view): &&(Scenario, Value)| *scenario != Scenario::Goods && view["status"] == "completed";
    let fuelled = orders.iter().filter(fuelled).count();
    assert_eq!(numbers.len(), fuelled, "every one, and nothing else");
}

/// Asserts that no process logged a discrepancy.
fn assert_no_discrepancies(log: &str) {
    // A kill may cut the last line of a life.
    for line in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let message = line["fields"]["message"].as_str().unwrap_or_default();
        assert!(!message.starts_with("discrepancy"), "{line}");
    }
}
