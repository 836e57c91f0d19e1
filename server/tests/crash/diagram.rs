//! The diagram in `docs/station-link.md` is a real run: a partial fuelling with its refund, from the log of a process.

use sandbox::station::StationFault;
use serde_json::{Value, json};

use crate::process::{Installation, invoicebox};
use test_support::{DatabaseKind, TestServer, draft_to_start, until};

const DIAGRAM_START: &str =
    "<!-- a partial fuelling, from the log of a run -->\n```mermaid\nsequenceDiagram\n";

/// Line of the diagram for a line of the log.
fn line(log: &str) -> Option<String> {
    let entry: Value = serde_json::from_str(log).ok()?;
    let fields = &entry["fields"];
    let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    Some(match fields["message"].as_str()? {
        "order changed status" => format!("Note over Kolonka: {}", text("order.status")),
        "a pump is to be started" => format!("Driver->>Kolonka: start pump {}", text("pump")),
        "a pump is free" => "Kolonka->>Station: ping".to_owned(),
        "an order was pushed to the station server" => format!("Kolonka->>Station: order, {}", text("push")),
        "a callback of the station server" => {
            let litre = fields["litre"].as_str().map(|litre| format!(" {litre}")).unwrap_or_default();
            format!("Station->>Kolonka: {}{litre}", text("call"))
        }
        // What was only looked up depends on the moment.
        "Invoicebox answered" if fields["method"] != "GET" => {
            let path = text("path");
            let parts = path.split('/').map(|part| if part.len() == 36 { "…" } else { part });
            format!("Kolonka->>Invoicebox: {} {}", text("method"), parts.collect::<Vec<_>>().join("/"))
        }
        _ => return None,
    })
}

/// Removes all readings of the meter but the first and the last.
fn without_middle(lines: Vec<String>) -> Vec<String> {
    let is_reading = |line: &String| line.contains("Kolonka: volume");
    let readings: Vec<usize> = (0..lines.len()).filter(|at| is_reading(&lines[*at])).collect();
    let middle = readings.get(1..readings.len().saturating_sub(1)).unwrap_or_default().to_owned();
    lines.into_iter().enumerate().filter(|(at, _)| !middle.contains(at)).map(|(_, line)| line).collect()
}

/// The calls behind which nothing follows: the report to the station, and the return of the rest.
const LAST_CALLS: [&str; 2] = ["order, Completed", "/refund-order"];

/// Orders, pays, starts the pump and fuels. Returns the last view.
async fn fuel(kolonka: &Installation, invoicebox: &TestServer) -> Value {
    let (status, placed) =
        kolonka.post("/api/orders/place", &json!({ "draft": draft_to_start() })).await.unwrap();
    assert_eq!(status, 200, "{placed}");
    invoicebox.pay(placed["payment_url"].as_str().unwrap()).await;
    let id = &placed["order_id"];
    let paid = wait_for_status(kolonka, id, "paid").await;
    let seq = &paid["history"].as_array().unwrap().last().unwrap()["seq"];
    let start = json!({ "id": id, "pump": 4, "seq": seq });
    let (status, started) = kolonka.post("/api/orders/start", &start).await.unwrap();
    assert_eq!(status, 200, "{started}");
    wait_for_status(kolonka, id, "completed").await
}

async fn wait_for_status(kolonka: &Installation, id: &Value, status: &str) -> Value {
    until(status, || async {
        let (_, view) = kolonka.post("/api/orders/get", &json!({ "id": id })).await?;
        (view["status"] == status).then_some(view)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_diagram_of_the_document_is_a_run() {
    let invoicebox = invoicebox().await;
    let api = format!("{}/sandbox/invoicebox", invoicebox.url);
    let kolonka = Installation::new(DatabaseKind::Sqlite, api).await;
    kolonka.station.set_fault(StationFault::Partial);
    kolonka.wait_until_serving().await;
    let view = fuel(&kolonka, &invoicebox).await;
    assert!(view["refund_kopecks"].as_i64() > Some(0), "{view}");
    let lines = until("everything is done", || async {
        let lines: Vec<String> = kolonka.log().lines().filter_map(line).collect();
        let is_done = |last: &str| lines.iter().any(|line| line.ends_with(last));
        LAST_CALLS.iter().all(|last| is_done(last)).then_some(lines)
    })
    .await;
    let lines = without_middle(lines);
    let diagram: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    let document = include_str!("../../../docs/station-link.md");
    let shown = document
        .split_once(DIAGRAM_START)
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(block, _)| block);
    // Documents and the report to the station leave at the same time: either may be first.
    let sorted = |block: &str| {
        let mut lines: Vec<String> = block.lines().map(|line| line.trim().to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(shown.map(sorted), Some(sorted(&diagram)), "the run was:\n{DIAGRAM_START}{diagram}```");
}
