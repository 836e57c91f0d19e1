//! A whole server on a port of its own, and doubles of the systems around it.

mod answers;
mod back_office;
mod captured_log;
mod draft;
mod erp;
mod events;
mod foreign_invoice;
mod free_port;
mod invoicebox_double;
mod link_double;
mod money;
mod notification;
pub mod postgres;
mod scan;
mod server;
mod skip;
mod station_server_double;
mod waiting;

pub use answers::{ErrorBody, OrderView, Placed};
pub use back_office::{BackOffice, BackOfficeReply};
pub use captured_log::CapturedLog;
pub use draft::{DRAFT_TOTAL_KOPECKS, draft, draft_to_start, goods_draft};
pub use erp::{ERP_TOKEN, fuel_sale, lines_sale, sale};
pub use events::{Event, Events};
pub use free_port::free_port;
pub use invoicebox_double::{DoubleDocument, DoubleInvoice, InvoiceboxDouble, RecordedWrite};
pub use link_double::{LinkCall, LinkDouble};
pub use money::kopecks;
pub use notification::{NOTIFICATIONS_PATH, sign};
pub use scan::{scan_png, scan_svg};
pub use server::{DEMO_TOKEN, DatabaseKind, NOTIFICATION_KEY, PRODUCTION, TestServer, WITHOUT_LIMITS};
pub use skip::{skip, skip_or_fail};
pub use station_server_double::{
    CALLBACK_KEY, ReceivedPush, StationServerAnswer, StationServerCall, StationServerDouble,
    start_with_station_double,
};
pub use waiting::{WAIT_TIMEOUT, until, until_within};

/// Makes of each promise two tests, one on SQLite and one on PostgreSQL. A promise is given a [`TestServer`], or what
/// `with (open);` opens for a kind of database.
#[macro_export]
macro_rules! on_both_databases {
    (with ($($open:tt)+); $promise:ident, $($rest:tt)*) => {
        $crate::on_both_databases!(@promise $promise { super::$($open)+ });
        $crate::on_both_databases!(with ($($open)+); $($rest)*);
    };
    (with ($($open:tt)+);) => {};
    (@promise $promise:ident { $($open:tt)+ }) => {
        mod $promise {
            use $crate::DatabaseKind;

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$promise($($open)+(DatabaseKind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if DatabaseKind::Postgres.is_missing() {
                    return;
                }
                super::$promise($($open)+(DatabaseKind::Postgres).await).await;
            }
        }
    };
    ($($promise:ident),+ $(,)?) => {
        $( $crate::on_both_databases!(@promise $promise { $crate::TestServer::start }); )+
    };
}
