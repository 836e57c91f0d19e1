//! The books of Invoicebox and of the station: what really happened to the money and the fuel, whatever the killed server
//! believes.

use std::collections::HashMap;

use reqwest::Method;
use sandbox::station::{OrderPhase, StationOrder};
use serde_json::Value;

use crate::{
    customer::{is_of, number_of},
    process::Installation,
};
use test_support::{TestServer, kopecks};

const PAGE_SIZE: usize = 100;

/// What both hold of one installation's orders.
pub struct Books {
    invoices: Vec<Value>,
    /// Kopecks by invoice.
    shipped: HashMap<String, i64>,
    returned: HashMap<String, i64>,
    releases: HashMap<u32, Vec<StationOrder>>,
}

/// What both hold of one order.
pub struct Account {
    /// Invoices that can be paid, or have been.
    pub live_invoices: usize,
    /// Kopecks.
    pub paid: i64,
    pub shipped: i64,
    pub returned: i64,
    pub releases: Vec<StationOrder>,
}

impl Books {
    pub async fn read(kolonka: &Installation, invoicebox: &TestServer) -> Self {
        let shipments = rows(invoicebox, "filter/api/order/shipment").await;
        let refunds = rows(invoicebox, "filter/api/order/refund-order").await;
        let refunds = refunds.into_iter().filter(|refund| refund["status"] != "canceled").collect();
        let mut releases: HashMap<u32, Vec<StationOrder>> = HashMap::new();
        for release in kolonka.station.orders() {
            releases.entry(number_of(&release.id)).or_default().push(release);
        }
        Self {
            invoices: invoicebox.invoices().await,
            shipped: by_invoice(shipments, "orderId"),
            returned: by_invoice(refunds, "parentId"),
            releases,
        }
    }

    /// Takes the account of an order out of the books.
    pub fn take_account(&mut self, kolonka: &Installation, number: u32) -> Account {
        let invoices: Vec<&Value> =
            self.invoices.iter().filter(|invoice| is_of(invoice, kolonka, number)).collect();
        let sum_of = |sums: &HashMap<String, i64>| {
            let ids = invoices.iter().filter_map(|invoice| invoice["id"].as_str());
            ids.filter_map(|id| sums.get(id)).sum()
        };
        let paid = invoices.iter().filter(|invoice| invoice["status"] == "completed");
        Account {
            live_invoices: invoices.iter().filter(|invoice| invoice["status"] != "canceled").count(),
            paid: paid.map(|invoice| kopecks(&invoice["amount"])).sum(),
            shipped: sum_of(&self.shipped),
            returned: sum_of(&self.returned),
            releases: self.releases.remove(&number).unwrap_or_default(),
        }
    }

    /// Releases of orders whose account nobody has taken.
    pub fn other_releases(&self) -> Vec<&StationOrder> {
        self.releases.values().flatten().collect()
    }
}

impl Account {
    /// The releases under which somebody lifted the nozzle.
    pub fn fuelled(&self) -> Vec<&StationOrder> {
        self.releases.iter().filter(|release| release.released > 0).collect()
    }

    /// Asserts that every release is over, and that nothing flowed under those that were not carried out.
    pub fn assert_releases_ended(&self) {
        for release in &self.releases {
            let is_carried_out = release.released > 0;
            let phase = if is_carried_out { OrderPhase::Completed } else { OrderPhase::Canceled };
            assert_eq!((release.phase, release.released), (phase, u32::from(is_carried_out)), "{release:?}");
        }
    }
}

/// All rows of a list of Invoicebox.
async fn rows(invoicebox: &TestServer, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for page in 1.. {
        let path = format!("{path}?_page={page}&_pageSize={PAGE_SIZE}");
        let (status, answer) = invoicebox.call_invoicebox(Method::GET, &path, &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        let some = answer["data"].as_array().unwrap();
        rows.extend_from_slice(some);
        if some.len() < PAGE_SIZE {
            break;
        }
    }
    rows
}

fn by_invoice(rows: Vec<Value>, invoice: &str) -> HashMap<String, i64> {
    let mut sums = HashMap::new();
    for row in rows {
        *sums.entry(row[invoice].as_str().unwrap().to_owned()).or_default() += kopecks(&row["amount"]);
    }
    sums
}
