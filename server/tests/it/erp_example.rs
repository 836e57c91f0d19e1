//! The example of `docs/erp-api.md`, executed as it is written there: an ERP creates an order, prints the pre-check,
//! receives the events of the payment, and finds the order in the registry.

use std::process::Command;

use test_support::{BackOffice, DatabaseKind, TestServer, scan_png, skip_or_fail};

/// The commands between the two markers of the document.
fn commands() -> String {
    let document = include_str!("../../../docs/erp-api.md");
    let (_, rest) = document.split_once("<!-- run of the cashier API -->").expect("the run begins");
    let (block, _) = rest.split_once("<!-- end of the run -->").expect("the run ends");
    let (_, block) = block.split_once("```sh\n").expect("a block of commands");
    block.split_once("```").expect("its end").0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_document_works_as_it_is_written() {
    let tools = Command::new("sh")
        .args(["-c", "command -v curl && command -v sed && command -v timeout"])
        .output()
        .unwrap();
    if !tools.status.success() {
        skip_or_fail("no curl");
        return;
    }
    let office = BackOffice::open().await;
    let server = TestServer::start_with(DatabaseKind::Sqlite, &office.variables()).await;
    let folder = tempfile::tempdir().unwrap();
    let script = format!("set -eu\n{}", commands());
    let url = server.url.clone();
    let place = folder.path().to_owned();
    let run = tokio::task::spawn_blocking(move || {
        // The example waits for the payment without a limit.
        let mut shell = Command::new("timeout");
        shell.args(["120", "sh", "-c", &script]).current_dir(place).env("KOLONKA", url).env("NO_PROXY", "*");
        for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            shell.env_remove(proxy);
        }
        shell.output().unwrap()
    })
    .await
    .unwrap();
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{}: {out}\n{err}", run.status);

    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let order: serde_json::Value = serde_json::from_slice(&read("order.json")).unwrap();
    let link = order["payment_url"].as_str().unwrap();
    assert_eq!(scan_png(&read("qr.png")).text, link, "what the customer's phone reads");
    assert!(String::from_utf8(read("precheck.html")).unwrap().contains("АЗС «Север» № 12"));
    let id = order["order_id"].as_str().unwrap();
    let statuses = office.wait_for_status(id, "paid").await;
    assert_eq!(statuses[..3], ["placing", "awaiting_payment", "paid"]);
    assert_eq!(office.events(id)[0]["external_id"], "AZS12-000451");
    let refunded: serde_json::Value = serde_json::from_slice(&read("refunded.json")).unwrap();
    assert_eq!(refunded["refund_kopecks"], 45_000, "one bottle, once: {refunded}");
    let registry = String::from_utf8(read("registry.csv")).unwrap();
    let line = registry.lines().find(|line| line.contains("AZS12-000451")).expect("a line of the registry");
    assert!(line.contains(";2781,43;0,00;2781,43;"), "{line}");
}
