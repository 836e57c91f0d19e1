//! The books of Invoicebox and of the station: what really happened to the money and the fuel, whatever the killed server
//! believes.

use std::collections::{HashMap, HashSet};

use sandbox::station::{OrderPhase, StationOrder};
use serde_json::Value;

use crate::{
    customer::{is_of, number_of},
    process::Installation,
};
use test_support::{TestServer, kopecks};

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
        let refunds =
            invoicebox.refunds().await.into_iter().filter(|refund| refund["status"] != "canceled").collect();
        let mut releases: HashMap<u32, Vec<StationOrder>> = HashMap::new();
        for release in kolonka.station.orders() {
            releases.entry(number_of(&release.id)).or_default().push(release);
        }
        Self {
            invoices: invoicebox.invoices().await,
            shipped: by_invoice(invoicebox.shipments().await, "orderId"),
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

/// Sums by invoice. A row that moved to the next page while the pages were read counts once.
fn by_invoice(rows: Vec<Value>, invoice: &str) -> HashMap<String, i64> {
    let mut sums = HashMap::new();
    let mut seen = HashSet::new();
    for row in rows.into_iter().filter(|row| seen.insert(row["id"].to_string())) {
        *sums.entry(row[invoice].as_str().unwrap().to_owned()).or_default() += kopecks(&row["amount"]);
    }
    sums
}
