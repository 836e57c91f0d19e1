//! Store and outbox without a server.

use domain::{
    id::{IdempotencyKey, OrderId},
    order::{Order, machine::Effect},
};
use server::{
    clock::{Clock, ReferenceTimes, from_millis, to_millis},
    database::Database,
    orders::{
        EffectTable, INVOICE_LANE, Inserted, LOOK_LANE, MONEY_LANE, OrderStore, Outbox, OutboxEntry,
        OverdueKind, OverdueTimes,
    },
    queue::{Lane, Queue, RetriedRows, RetryScope, TryRecord},
};
use tempfile::TempDir;
use time::OffsetDateTime;
use uuid::Uuid;

use test_support::DatabaseKind;

/// Store and outbox without a server, so that nobody else works on the rows.
pub(super) struct OutboxFixture {
    pub(super) store: OrderStore,
    pub(super) outbox: Outbox,
    pub(super) database: Database,
    pub(super) url: String,
    pub(super) now: OffsetDateTime,
    /// The right time, which goes on.
    pub(super) clock: Clock,
    _folder: TempDir,
}

impl OutboxFixture {
    pub(super) async fn open(kind: DatabaseKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = kind.fresh(&folder).await;
        let database = Database::open(&url).await.unwrap();
        let (store, outbox) = (OrderStore::new(database.clone()), Outbox::new(database.clone()));
        let clock = Clock::system();
        Self { store, outbox, database, url, now: clock.now(), clock, _folder: folder }
    }

    /// Another worker, as in another process.
    pub(super) async fn another_outbox(&self) -> Outbox {
        Outbox::new(Database::open(&self.url).await.unwrap())
    }

    /// Another worker on a machine whose clock is wrong.
    pub(super) async fn outbox_with_clock_error(&self, error: time::Duration) -> (Outbox, Clock) {
        let (database, clock) = (Database::open(&self.url).await.unwrap(), Clock::system());
        clock.set_machine_error(error);
        let database_time = database.server_time().await.unwrap();
        clock.compare(ReferenceTimes { database: database_time, invoicebox: None });
        (Outbox::new(database), clock)
    }

    pub(super) async fn insert(&self, key: IdempotencyKey, draft: &str) -> Inserted {
        let build = |number| {
            let mut order = test_support::orders::order(true);
            (order.id, order.number) = (OrderId(Uuid::new_v4()), number);
            order.merchant_order_id = format!("{number}-test");
            order
        };
        self.store.insert(self.now, key, draft.to_owned(), Effect::CreateInvoice, build).await.unwrap()
    }

    pub(super) async fn new_order(&self) -> Order {
        match self.insert(IdempotencyKey(Uuid::new_v4()), "draft").await {
            Inserted::New { order } => *order,
            Inserted::Known { .. } | Inserted::ExternalIdTaken => panic!("a new key"),
        }
    }

    pub(super) async fn retry(&self, scope: RetryScope) -> RetriedRows {
        self.outbox.retry(scope, self.now, self.now).await.unwrap()
    }

    pub(super) fn queue(&self) -> &Queue<EffectTable> {
        self.outbox.queue()
    }

    /// What operators read of the rows, the dead first.
    pub(super) async fn last_errors(&self) -> Vec<Option<String>> {
        let rows = self.outbox.list(self.now).await.unwrap();
        rows.into_iter().map(|row| row.last_error).collect()
    }

    pub(super) async fn overdue(&self, what: OverdueKind, before: OffsetDateTime) -> Vec<OrderId> {
        let times = OverdueTimes { before, now: before };
        self.store.overdue(what, times, None).await.unwrap().orders.iter().map(|order| order.id).collect()
    }

    pub(super) async fn claim(&self, lane: &Lane) -> Vec<OutboxEntry> {
        self.outbox.queue().claim(lane, self.now, self.now, 100).await.unwrap()
    }

    /// Claims by the right time of this moment.
    pub(super) async fn claim_now(&self) -> Vec<OutboxEntry> {
        self.outbox.queue().claim(&INVOICE_LANE, self.clock.now(), self.clock.wall(), 100).await.unwrap()
    }

    pub(super) async fn claim_one(&self) -> OutboxEntry {
        let mut entries = self.claim_calls().await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }

    /// Claims whatever calls Invoicebox.
    pub(super) async fn claim_calls(&self) -> Vec<OutboxEntry> {
        let mut entries = Vec::new();
        for lane in [&MONEY_LANE, &INVOICE_LANE, &LOOK_LANE] {
            entries.extend(self.claim(lane).await);
        }
        entries
    }
}

pub(super) fn failure(error: &str) -> TryRecord {
    TryRecord { error: Some(error.to_owned()), facts: Vec::new() }
}

/// Adds rows as a change would that decided them.
pub(super) async fn add_effects(fixture: &OutboxFixture, order: OrderId, seq: i64, effects: &[&str]) {
    let database = Database::open(&fixture.url).await.unwrap();
    for (position, effect) in (0_i64..).zip(effects) {
        let sql = "INSERT INTO outbox (order_id, seq, position, effect, state, attempts, due_at, leased_until, created_at) \
                   VALUES ($1, $2, $3, $4, 'due', 0, 0, 0, 0)";
        let query =
            sqlx::query(sql).bind(order.to_string()).bind(seq).bind(position).bind((*effect).to_owned());
        query.execute(database.pool()).await.unwrap();
    }
}

pub(super) fn to_the_millisecond(at: OffsetDateTime) -> OffsetDateTime {
    from_millis(to_millis(at))
}

pub(super) async fn run_sql(fixture: &OutboxFixture, sql: &str) {
    sqlx::query(sql).execute(fixture.database.pool()).await.unwrap();
}

/// Writes a release for each of these stations.
pub(super) async fn add_releases(fixture: &OutboxFixture, stations: &[Option<&str>]) -> Vec<OrderId> {
    let mut orders = Vec::new();
    for station in stations {
        let order = fixture.new_order().await;
        run_sql(fixture, "DELETE FROM outbox WHERE effect = 'create_invoice'").await;
        add_effects(fixture, order.id, 2, &["authorise"]).await;
        let sql = "UPDATE outbox SET station_id = $1 WHERE order_id = $2";
        let query = sqlx::query(sql).bind(station.map(str::to_owned)).bind(order.id.to_string());
        query.execute(fixture.database.pool()).await.unwrap();
        orders.push(order.id);
    }
    orders
}
