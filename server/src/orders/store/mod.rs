//! Orders in the database: all SQL of orders, a file each table or question.
//!
//! Order, history, ledger, effects and events for the back office change in one transaction, or not at all. A body that
//! cannot be read is an error of that order alone: lists leave it out and report its number.

mod change;
mod discrepancies;
mod effect_table;
mod effects;
mod error;
mod find;
mod insert;
mod instances;
mod leases;
mod ledger;
mod listing;
mod marks;
mod money_moves;
mod open_orders;
mod operator_requests;
mod overdue_queries;
mod owed;
mod registry;
mod rows;
mod station_ids;
mod waiting_page;

use crate::database::{Database, UnreadableRows};

pub(super) use change::{ChangeConditions, ChangeOrigin, Decided};
pub(super) use discrepancies::DiscrepancySettling;
pub use discrepancies::{
    DiscrepancyCursor, DiscrepancyFilter, ListedDiscrepancy, OpenDiscrepancyId, SettledNote,
};
pub use effect_table::{
    EFFECT_LANES, EffectRow, EffectTable, INVOICE_LANE, LOOK_LANE, MONEY_LANE, OutboxEntry, STATION_LANE,
};
pub(super) use effects::{count_waiting_invoices, make_due as make_effects_due};
pub use error::StoreError;
pub use insert::Inserted;
pub(super) use instances::{IDLE_TIMEOUT, InstanceMessage};
pub(super) use leases::{Lease, LeaseTimes, is_void};
pub use listing::{ListQuery, Listing};
pub use marks::Marks;
pub(super) use open_orders::OpenOrder;
pub use operator_requests::RequestKey;
pub(super) use operator_requests::RequestStanding;
pub use overdue_queries::{OverdueKind, OverdueTimes};
pub(super) use owed::{INVOICE_WITHDRAWALS, MAX_CLOCK_SKEW, TryWords};
pub use registry::{LedgerLine, LedgerMove, LedgerSummary, MoneySums, RegistryQuery, UnreadableLedgerLine};
pub(super) use station_ids::fill_effect_stations;
pub use waiting_page::{WaitingCursor, WaitingOrder, WaitingPage};

/// Reads and writes orders. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OrderStore {
    database: Database,
    /// Whether events for the back office are written.
    writes_events: bool,
    unreadable: UnreadableRows,
}

impl OrderStore {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, writes_events: false, unreadable: UnreadableRows::default() }
    }

    /// Sets whether every change writes an event for the back office.
    #[must_use]
    pub fn writing_events(self, yes: bool) -> Self {
        Self { writes_events: yes, ..self }
    }
}

impl OrderStore {
    /// Reports an order that cannot be read and returns nothing in its place, so that work on other orders continues.
    ///
    /// # Errors
    /// The given error, if it is another than `Unreadable`.
    pub(super) fn skip_unreadable<T>(&self, result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        self.unreadable.skip(result)
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// `Database` if it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(self.database.pool()).await?;
        Ok(())
    }
}

/// Names for a condition. They are ours, so they need no binding.
fn quoted_names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}
