//! What must be true in the end, however often the server was killed.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::atomic::Ordering,
};

use serde_json::Value;

use crate::{
    books::{Account, Books},
    process::Installation,
    scenario::{REFUND_KOPECKS, Scenario},
};
use test_support::TestServer;

/// What a kill may leave for a while; in the end none of it is open.
const PASSING_DISCREPANCIES: [&str; 2] = ["money_owed", "invoice_not_withdrawn"];
/// A release that the station did not let go, since fuel began to flow: somebody reads of it, whatever became of it.
const RELEASE_STANDS: &str = "release_stands";

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
    kolonka
        .wait_for_end("the station is idle", || async {
            kolonka.station.orders().iter().all(|release| release.phase.is_over()).then_some(())
        })
        .await;
    let twice = orders.iter().filter(|(scenario, _)| *scenario == Scenario::PaidTwice);
    for (_, view) in twice {
        // The notification of the second payment may come after everything else.
        kolonka
            .wait_for_end("what was paid twice is back", || async {
                let account = Books::read(kolonka, invoicebox).await.take_account(kolonka, number(view));
                (account.paid == account.shipped + account.returned).then_some(())
            })
            .await;
    }
    let mut books = Books::read(kolonka, invoicebox).await;
    let mut seen = HashSet::new();
    let mut expected: HashMap<&str, usize> = HashMap::new();
    for (scenario, view) in orders {
        assert!(seen.insert(view["id"].to_string()), "one order for two customers: {view}");
        assert_ended_well(*scenario, view);
        *expected.entry(view["status"].as_str().unwrap()).or_default() += 1;
        let account = books.take_account(kolonka, number(view));
        assert_money_is_right(*scenario, view, &account);
        assert_fuel_is_right(*scenario, view, &account);
    }
    assert!(books.other_releases().is_empty(), "of nobody's order: {:?}", books.other_releases());
    *expected.entry("expired").or_default() += kolonka.expired_orders.load(Ordering::SeqCst);
    // No order beyond those of the customers. A kill at the last of all commits may fall here.
    let metrics = kolonka.wait_for_end("the server is up", || kolonka.get("/metrics")).await;
    for line in metrics.lines().filter(|line| line.starts_with("kolonka_orders{")) {
        let (name, count) = line.rsplit_once(' ').unwrap();
        let status = name.split('"').nth(1).unwrap();
        let wanted = expected.get(status).copied().unwrap_or(0);
        assert_eq!(count, wanted.to_string(), "{status}: {metrics}");
    }
    kolonka.assert_never_two_usable_releases();
    let of_scenarios = orders.iter().flat_map(|(scenario, _)| scenario.discrepancies()).copied();
    let mut allowed: HashSet<&str> = of_scenarios.chain([RELEASE_STANDS]).collect();
    let last_open = RefCell::new(None);
    kolonka
        .wait_for_end("what passes has closed itself", || async {
            let listed = kolonka.get("/api/erp/v1/discrepancies").await?;
            let listed: Value = serde_json::from_str(&listed).unwrap();
            let rows = listed["discrepancies"].as_array()?;
            let is_other = |row: &&Value| !allowed.contains(row["what"].as_str().unwrap());
            let open = rows.iter().find(is_other).map(ToString::to_string);
            // A wait that is in vain says for what it was.
            if open.is_some() && open != *last_open.borrow() {
                eprintln!("still open: {open:?}");
            }
            let is_closed = open.is_none();
            last_open.replace(open);
            is_closed.then_some(())
        })
        .await;
    allowed.extend(PASSING_DISCREPANCIES);
    assert_no_other_discrepancies(&kolonka.log(), &allowed);
}

fn number(view: &Value) -> u32 {
    view["number"].as_str().unwrap().parse().unwrap()
}

fn assert_ended_well(scenario: Scenario, view: &Value) {
    let status = view["status"].as_str().unwrap();
    assert!(scenario.final_statuses().contains(&status), "{scenario:?}: {view}");
    let steps: Vec<&str> =
        view["history"].as_array().unwrap().iter().filter_map(|step| step["status"].as_str()).collect();
    let begun = if scenario == Scenario::Cancel { 2 } else { 3 };
    assert_eq!(steps[..begun], ["placing", "awaiting_payment", "paid"][..begun], "{scenario:?}: {steps:?}");
    for pair in steps[begun - 1..].windows(2) {
        assert!(may_follow(pair[0], pair[1]), "{scenario:?}: {} after {}: {steps:?}", pair[1], pair[0]);
    }
    let refusals = match scenario {
        Scenario::AnotherPump => 1,
        Scenario::ThirdPump => 2,
        _ => 0,
    };
    let again = steps.iter().skip(begun).filter(|step| **step == "paid").count();
    assert!(status != "completed" || again >= refusals, "{refusals} pumps have refused: {steps:?}");
}

/// Whether a status may follow another one in a history; steps are skipped where one callback of the station overtook
/// another.
fn may_follow(before: &str, after: &str) -> bool {
    match before {
        "awaiting_payment" => after == "canceled",
        "paid" => matches!(after, "authorising" | "ready" | "canceled"),
        "authorising" => {
            matches!(after, "ready" | "fuelling" | "completed" | "paid" | "canceled" | "unavailable")
        }
        "ready" => matches!(after, "fuelling" | "completed" | "paid" | "canceled" | "unavailable"),
        "fuelling" => after == "completed",
        _ => false,
    }
}

/// By the books of Invoicebox: what was paid was shipped or went back, to the kopeck, and nothing twice.
fn assert_money_is_right(scenario: Scenario, view: &Value, account: &Account) {
    let total = view["total_kopecks"].as_i64().unwrap();
    let Account { live_invoices, paid, shipped, returned, .. } = *account;
    let is_delivered = view["status"] == "completed" && scenario != Scenario::NothingFlowed;
    let books = format!("{scenario:?}: paid {paid}, shipped {shipped}, returned {returned}: {view}");
    if scenario == Scenario::Cancel {
        assert_eq!((live_invoices, paid, shipped, returned), (0, 0, 0, 0), "{books}");
        return;
    }
    if scenario.pays_by_guarantee() && !is_delivered {
        // By a cancellation, or by a refund where nobody knows what became of the cancellation.
        let account = (live_invoices, paid, shipped, returned);
        assert!(account == (0, 0, 0, 0) || account == (1, total, 0, total), "{books}");
        assert_eq!(view["refund_kopecks"], total, "{books}");
        return;
    }
    assert!(live_invoices == 1 || scenario == Scenario::PaidTwice, "{live_invoices} invoices: {books}");
    assert!(paid == total || (scenario == Scenario::PaidTwice && paid == 2 * total), "{books}");
    assert_eq!(shipped, if is_delivered { total } else { 0 }, "{books}");
    let refunded_later = if is_delivered && scenario == Scenario::Refund { REFUND_KOPECKS } else { 0 };
    assert_eq!(paid, shipped - refunded_later + returned, "{books}");
    let [kept, back] = ["final_kopecks", "refund_kopecks"].map(|name| view[name].as_i64().unwrap());
    assert_eq!((kept, back), (shipped - refunded_later, total - shipped + refunded_later), "{books}");
}

/// By the books of the station: it gave the fuel of an order once, all that was paid, and none for an order that ended
/// without.
fn assert_fuel_is_right(scenario: Scenario, view: &Value, account: &Account) {
    account.assert_releases_ended();
    let fuelled = account.fuelled();
    if scenario == Scenario::ByHand {
        assert!(account.releases.is_empty(), "no station was asked: {:?}", account.releases);
        assert_eq!(view["dispensed_centi"], 3741, "{view}");
        return;
    }
    if scenario == Scenario::Goods || view["status"] != "completed" {
        assert!(fuelled.is_empty(), "{scenario:?}: nothing is charged: {fuelled:?}");
        return;
    }
    let [release] = fuelled.as_slice() else { panic!("{scenario:?}: fuelled once: {fuelled:?}") };
    assert_eq!(view["dispensed_centi"].as_i64(), Some(release.dispensed.get()), "{view}");
    let nothing = scenario == Scenario::NothingFlowed;
    assert_eq!(release.dispensed.get(), if nothing { 0 } else { release.ordered.get() }, "{release:?}");
    // A report whose answer a kill cut off is repeated.
    let ends = &release.ended_as;
    assert!(!ends.is_empty() && ends.iter().all(|it| it == "Completed"), "{release:?}");
}

/// Asserts that no process logged another discrepancy.
fn assert_no_other_discrepancies(log: &str, allowed: &HashSet<&str>) {
    // A kill may cut the last line of a life.
    for line in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let fields = &line["fields"];
        if fields["message"].as_str().unwrap_or_default().starts_with("discrepancy") {
            let name = fields["discrepancy"].as_str().unwrap();
            assert!(allowed.contains(name), "{line}");
        }
    }
}
