//! A whole server on a port of its own, and what stands around it.

mod back_office;
mod draft;
mod erp;
mod events;
mod invoicebox_double;
pub mod postgres;
mod scan;
mod server;
mod station_side;

use std::time::Duration;

pub use back_office::{BackOffice, Mood};
pub use draft::{TOTAL, draft, goods_draft};
pub use erp::{ERP_TOKEN, fuel_sale, lines_sale, sale};
pub use events::{Event, Events};
pub use invoicebox_double::{DoubleDocument, DoubleInvoice, InvoiceboxDouble, Written};
pub use scan::{scan_png, scan_svg};
pub use server::{DEMO_TOKEN, DatabaseKind, NOTIFICATION_KEY, TestServer};
pub use station_side::{Answer, CALLBACK_KEY, StationSide};

/// How long anything may take before the test fails. Generous: the machine may be busy.
pub const DEADLINE: Duration = Duration::from_secs(40);

/// Asks again and again until the answer is there.
///
/// # Panics
/// It is not there within [`DEADLINE`].
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, asking).await.unwrap_or_else(|_| panic!("not within {DEADLINE:?}: {what}"))
}

/// Makes of each promise two tests: one on SQLite and one on PostgreSQL.
macro_rules! on_both_databases {
    ($($promise:ident),+ $(,)?) => { $(
        mod $promise {
            use crate::support::{DatabaseKind, TestServer};

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                let Some(server) = TestServer::start(DatabaseKind::Sqlite).await else { return };
                super::$promise(server).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                let Some(server) = TestServer::start(DatabaseKind::Postgres).await else { return };
                super::$promise(server).await;
            }
        }
    )+ };
}
pub(crate) use on_both_databases;
