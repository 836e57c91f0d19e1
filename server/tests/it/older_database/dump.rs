//! What is in the dump: loading it, reading its orders with today's code, and adding them to Invoicebox's double.

use domain::id::OrderId;
use serde_json::Value;
use server::{database::Database, orders::OrderStore};
use sqlx::{AnyPool, Row};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{INVOICE_UNANSWERED, REFUND_UNANSWERED, SHIPMENT_UNANSWERED};
use test_support::{DoubleDocument, DoubleInvoice, InvoiceboxDouble};

const DUMP: &str = include_str!("../../fixtures/schema_0040.sql");
/// The newest migration when the dump was written.
const SCHEMA_VERSION: i64 = 40;
/// When the dump was written, in milliseconds since 1970: 2026-11-29T12:00:00Z.
const WRITTEN_AT_MS: i64 = 1_795_953_600_000;

/// An order as it is stored.
pub(super) struct Stored {
    pub(super) id: OrderId,
    pub(super) number: i64,
    pub(super) provider_id: Option<String>,
    pub(super) merchant_order_id: String,
    pub(super) body: Value,
}

/// Writes the schema of that time and the dump, as if it had been written just now; gives that moment.
pub(super) async fn load(url: &str) -> (OffsetDateTime, Vec<Stored>) {
    sqlx::any::install_default_drivers();
    let url = if url.starts_with("sqlite:") { format!("{url}?mode=rwc") } else { url.to_owned() };
    let pool = AnyPool::connect(&url).await.unwrap();
    let mut schema = sqlx::migrate!("./migrations");
    schema.migrations.to_mut().retain(|migration| migration.version <= SCHEMA_VERSION);
    schema.run(&pool).await.unwrap();
    let now = time_now().replace_nanosecond(0).unwrap();
    let by = Duration::milliseconds(now.unix_timestamp() * 1000 - WRITTEN_AT_MS);
    sqlx::raw_sql(&move_times(DUMP, by)).execute(&pool).await.unwrap();
    let sql = "SELECT id, number, provider_id, merchant_order_id, body FROM orders ORDER BY number";
    let rows = sqlx::query(sql).fetch_all(&pool).await.unwrap();
    let orders = rows.iter().map(|row| Stored {
        id: OrderId::parse(&row.get::<String, _>(0)).unwrap(),
        number: row.get(1),
        provider_id: row.get(2),
        merchant_order_id: row.get(3),
        body: serde_json::from_str(&row.get::<String, _>(4)).unwrap(),
    });
    let orders = orders.collect();
    pool.close().await;
    (now, orders)
}

fn time_now() -> OffsetDateTime {
    server::clock::Clock::system().now()
}

/// Moves all times in a text.
fn move_times(sql: &str, by: Duration) -> String {
    let mut moved = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        moved.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && !"-:TZ".contains(c)).unwrap_or(rest.len());
        let token = rest[..end].trim_end_matches([':', '-', 'T']);
        rest = &rest[token.len()..];
        match (OffsetDateTime::parse(token, &Rfc3339), token.parse::<i64>()) {
            (Ok(at), _) => moved.push_str(&(at + by).format(&Rfc3339).unwrap()),
            (_, Ok(millis)) if token.len() == 13 => {
                let by = i64::try_from(by.whole_milliseconds()).unwrap();
                moved.push_str(&(millis + by).to_string());
            }
            _ => moved.push_str(token),
        }
    }
    moved + rest
}

/// Reads each order with today's code: every value that was stored is still in it, whatever its field is called now.
pub(super) async fn assert_nothing_lost_by_reading(url: &str, stored: &[Stored]) {
    let store = OrderStore::new(Database::open(url).await.unwrap());
    for old in stored {
        let order = store.get(old.id).await.unwrap().expect("an order");
        let mut values = Vec::new();
        leaves(&serde_json::to_value(&order).unwrap(), &mut values);
        let mut wanted = Vec::new();
        leaves(&old.body, &mut wanted);
        for value in wanted {
            let found = values.iter().position(|it| *it == value);
            let found = found.unwrap_or_else(|| panic!("order {} has lost {value}", old.number));
            values.swap_remove(found);
        }
    }
}

/// Every text, number and `true` in a body.
fn leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(false) => {}
        Value::Array(all) => all.iter().for_each(|one| leaves(one, into)),
        Value::Object(fields) => fields.values().for_each(|one| leaves(one, into)),
        leaf => into.push(leaf.to_string()),
    }
}

/// Adds what Invoicebox knows of an order to its double.
pub(super) fn add_to_invoicebox(invoicebox: &InvoiceboxDouble, order: &Stored) {
    let body = &order.body;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let kopecks = |value: &Value| value.as_i64().unwrap();
    let status = match body["settlement"]["payment"].as_str() {
        Some("held") => "hold",
        Some(_) => "completed",
        None => "created",
    };
    let id = match &order.provider_id {
        Some(id) => id.clone(),
        None if order.number == INVOICE_UNANSWERED => "7c1e9d52-3f04-4b8a-8d61-000000010002".to_owned(),
        None => return,
    };
    let invoice = |id: &str, status: &str| DoubleInvoice {
        id: id.to_owned(),
        number: order.merchant_order_id.clone(),
        kopecks: kopecks(&body["total"]),
        status: status.to_owned(),
    };
    invoicebox.add_invoice(invoice(&id, status));
    for duplicate in body["twins"].as_array().unwrap() {
        invoicebox.add_invoice(invoice(duplicate.as_str().unwrap(), "created"));
    }
    let document =
        |number: &Value, kopecks| DoubleDocument { invoice: id.clone(), number: text(number), kopecks };
    let shipment = &body["settlement"]["shipment"];
    if shipment["state"] == "done" || order.number == SHIPMENT_UNANSWERED {
        let lines = shipment["lines"].as_array().unwrap();
        let sum = lines.iter().map(|line| kopecks(&line["total"])).sum();
        invoicebox.add_shipment(document(&shipment["number"], sum));
    }
    for back in body["settlement"]["returns"].as_array().unwrap() {
        if back["state"] == "done" || order.number == REFUND_UNANSWERED {
            invoicebox.add_refund(document(&back["number"], kopecks(&back["amount"])));
        }
    }
}
