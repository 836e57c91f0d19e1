//! What must be true in the end, however often the server was killed.

use std::collections::{HashMap, HashSet};

use sandbox::station::OrderPhase;
use serde_json::Value;

use crate::{process::Kolonka, shopper::Errand};
use test_support::{TestServer, kopecks};

/// Every order ended as its customer wanted, once, with the right money, and nothing is left to do.
pub async fn assert_all_is_well(kolonka: &Kolonka, invoicebox: &TestServer, orders: &[(Errand, Value)]) {
    kolonka
        .in_the_end("the outbox is empty", || async {
            let metrics = kolonka.get("/metrics").await?;
            let empty = |name: &str| metrics.lines().any(|line| line == format!("{name} 0"));
            (empty("kolonka_outbox_depth") && empty("kolonka_outbox_dead")).then_some(())
        })
        .await;
    let invoices = invoicebox.invoices().await;
    let mut seen = HashSet::new();
    let mut expected: HashMap<&str, usize> = HashMap::new();
    for (errand, view) in orders {
        assert!(seen.insert(view["id"].to_string()), "one order for two customers: {view}");
        assert_ended_well(*errand, view);
        *expected.entry(view["status"].as_str().unwrap()).or_default() += 1;
        assert_one_invoice(kolonka, &invoices, *errand, view);
    }
    // No order that nobody knows of.
    // A kill at the last of all commits may fall here.
    let metrics = kolonka.in_the_end("the server is up", || kolonka.get("/metrics")).await;
    for line in metrics.lines().filter(|line| line.starts_with("kolonka_orders{")) {
        let (name, count) = line.rsplit_once(' ').unwrap();
        let status = name.split('"').nth(1).unwrap();
        let wanted = expected.get(status).copied().unwrap_or(0);
        assert_eq!(count, wanted.to_string(), "{status}: {metrics}");
    }
    assert_released_once(kolonka, orders);
    assert_nothing_is_amiss(&kolonka.log());
}

fn assert_ended_well(errand: Errand, view: &Value) {
    let status = view["status"].as_str().unwrap();
    assert!(errand.ends().contains(&status), "{view}");
    let steps: Vec<&str> =
        view["history"].as_array().unwrap().iter().filter_map(|step| step["status"].as_str()).collect();
    let wanted: &[&str] = match errand {
        Errand::CallOffPaid if status != "completed" => {
            &["placing", "awaiting_payment", "paid", "authorising", "ready", status]
        }
        Errand::Fuel | Errand::CallOffPaid => {
            &["placing", "awaiting_payment", "paid", "authorising", "ready", "fuelling", "completed"]
        }
        Errand::Goods => &["placing", "awaiting_payment", "paid", "ready", "completed"],
        Errand::CallOff => &["placing", "awaiting_payment", "canceled"],
    };
    // Each step once; only these may be skipped, where the station's word overtook another.
    let mut rest = steps.iter();
    for step in wanted {
        let skipped = matches!(*step, "authorising" | "ready" | "fuelling") && !steps.contains(step);
        assert!(skipped || rest.next() == Some(step), "{steps:?}");
    }
    assert_eq!(rest.next(), None, "{steps:?}");
    if errand != Errand::CallOff {
        let [total, kept, back] =
            ["total_kopecks", "final_kopecks", "refund_kopecks"].map(|name| view[name].as_i64().unwrap());
        let expected = if status == "completed" { (total, 0) } else { (0, total) };
        assert_eq!((kept, back), expected, "all of it was delivered, or nothing: {view}");
    }
}

/// Invoicebox holds one live invoice for the order, of its sum and paid, or none for one that was called off.
fn assert_one_invoice(kolonka: &Kolonka, invoices: &[Value], errand: Errand, view: &Value) {
    let prefix = format!("{}-", view["number"].as_str().unwrap());
    let starts = |invoice: &Value, name: &str, with: &str| {
        invoice[name].as_str().is_some_and(|text| text.starts_with(with))
    };
    // Several installations may share this Invoicebox; their addresses tell them apart.
    let of_order = |invoice: &&Value| {
        starts(invoice, "merchantOrderId", &prefix) && starts(invoice, "notificationUrl", &kolonka.url)
    };
    let all: Vec<&Value> = invoices.iter().filter(of_order).collect();
    let live: Vec<&&Value> = all.iter().filter(|invoice| invoice["status"] != "canceled").collect();
    if errand == Errand::CallOff {
        assert!(live.is_empty(), "{prefix}: {all:?}");
        return;
    }
    if view["status"] != "completed" {
        // Its payment was taken back as a whole, or refunded: the refund itself is checked by the sums.
        assert!(live.len() <= 1, "{prefix}: {all:?}");
        return;
    }
    assert_eq!(live.len(), 1, "{prefix}: {all:?}");
    assert_eq!(live[0]["status"], "completed", "{prefix}: {all:?}");
    assert_eq!(Some(kopecks(&live[0]["amount"])), view["total_kopecks"].as_i64(), "{prefix}: {all:?}");
}

/// Whatever happened to the process, the station, which remembers, released one pump for an order, once, and heard once how
/// it ended; none for one that was called off.
fn assert_released_once(kolonka: &Kolonka, orders: &[(Errand, Value)]) {
    let mut numbers = HashSet::new();
    let called_off = orders.iter().filter(|(_, view)| view["status"] != "completed");
    let called_off: HashSet<String> =
        called_off.map(|(_, view)| view["number"].as_str().unwrap().to_owned()).collect();
    for there in kolonka.station.orders() {
        let number = u32::from_str_radix(&there.id[..8], 16).unwrap();
        if called_off.contains(&number.to_string()) {
            assert_eq!((there.released, there.phase), (0, OrderPhase::Canceled), "nothing flowed: {there:?}");
            continue;
        }
        assert!(numbers.insert(number), "{number} has two ids there: {there:?}");
        assert_eq!((there.released, there.phase), (1, OrderPhase::Completed), "{there:?}");
        // A report whose answer a kill cut off is told again.
        assert!(!there.ended_as.is_empty() && there.ended_as.iter().all(|it| it == "Completed"), "{there:?}");
    }
    let fuelled =
        |(errand, view): &&(Errand, Value)| *errand != Errand::Goods && view["status"] == "completed";
    let fuelled = orders.iter().filter(fuelled).count();
    assert_eq!(numbers.len(), fuelled, "every one, and nothing else");
}

/// Nothing that a person would have to look at.
fn assert_nothing_is_amiss(log: &str) {
    // A kill may cut the last line of a life.
    for line in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let message = line["fields"]["message"].as_str().unwrap_or_default();
        assert!(!message.starts_with("discrepancy"), "{line}");
    }
}
