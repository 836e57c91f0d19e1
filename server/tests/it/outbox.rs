//! Store and outbox on both databases: what is leased belongs to one worker, what failed comes back, and nothing is lost.

use std::time::Duration;

use domain::{
    id::{IdempotencyKey, OrderId},
    order::{Order, Status, machine::Effect},
};
use server::{
    clock::{Clock, from_millis, to_millis},
    commands,
    config::Config,
    database::Database,
    orders::{
        EffectTable, INVOICEBOX_LANE, Inserted, Marks, OrderStore, Outbox, OutboxEntry, Overdue, STATION_LANE,
    },
    queue::{EntryState, Lane, Queue, RetryScope, TryRecord},
};
use tempfile::TempDir;
use time::OffsetDateTime;
use uuid::Uuid;

use test_support::{DatabaseKind, on_both_databases};

/// Longer than any lease.
const LEASE_OVER: Duration = Duration::from_secs(61);

/// Store and outbox without a server, so that nobody else works on the rows.
struct Bench {
    store: OrderStore,
    outbox: Outbox,
    database: Database,
    url: String,
    now: OffsetDateTime,
    _folder: TempDir,
}

impl Bench {
    async fn open(kind: DatabaseKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = kind.fresh(&folder).await;
        let database = Database::open(&url).await.unwrap();
        let (store, outbox) = (OrderStore::new(database.clone()), Outbox::new(database.clone()));
        Self { store, outbox, database, url, now: Clock::system().now(), _folder: folder }
    }

    /// Another worker, as in another process.
    async fn another_outbox(&self) -> Outbox {
        Outbox::new(Database::open(&self.url).await.unwrap())
    }

    async fn insert(&self, key: IdempotencyKey, draft: &str) -> Inserted {
        let build = |number| {
            let mut order = test_support::orders::order(true);
            (order.id, order.number) = (OrderId(Uuid::new_v4()), number);
            order.merchant_order_id = format!("{number}-test");
            order
        };
        self.store.insert(self.now, key, draft.to_owned(), Effect::CreateInvoice, build).await.unwrap()
    }

    async fn new_order(&self) -> Order {
        match self.insert(IdempotencyKey(Uuid::new_v4()), "draft").await {
            Inserted::New { order } => *order,
            Inserted::Known { .. } | Inserted::ExternalIdTaken => panic!("a new key"),
        }
    }

    fn queue(&self) -> &Queue<EffectTable> {
        self.outbox.queue()
    }

    /// What operators read of the rows, the dead first.
    async fn last_errors(&self) -> Vec<Option<String>> {
        let rows = self.outbox.list(self.now).await.unwrap();
        rows.into_iter().map(|row| row.last_error).collect()
    }

    async fn overdue(&self, what: Overdue, before: OffsetDateTime) -> Vec<OrderId> {
        self.store.overdue(what, before, None).await.unwrap().ids
    }

    async fn claim(&self, lane: &Lane) -> Vec<OutboxEntry> {
        self.outbox.queue().claim(lane, self.now, self.now, 100).await.unwrap()
    }

    async fn claim_one(&self) -> OutboxEntry {
        let mut jobs = self.claim(&INVOICEBOX_LANE).await;
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        jobs.remove(0)
    }
}

fn failure(error: &str) -> TryRecord {
    TryRecord { error: Some(error.to_owned()), facts: Vec::new() }
}

on_both_databases! {
    with (Bench::open);
    an_order_is_found_by_each_of_its_names,
    a_key_is_recorded_once_however_often_it_comes_at_once,
    orders_are_listed_by_status_and_time,
    a_row_is_leased_by_one_worker_of_many,
    only_the_holder_of_the_lease_strikes_a_row,
    a_note_is_read_by_the_next_holder_and_a_takeover_ends_every_lease,
    a_renewed_lease_is_kept,
    a_failed_row_comes_back_when_it_is_due_or_hurried,
    a_dead_row_is_listed_stops_nothing_and_runs_again_after_a_retry,
    rows_of_an_order_are_done_one_after_another,
    an_effect_of_a_newer_version_is_laid_aside,
    depth_tells_age_and_neglect,
    leases_and_pauses_in_the_future_are_void,
    marks_of_the_previous_release_are_read_and_ours_are_written_for_it,
    a_mark_in_the_future_counts_from_now,
    what_earlier_versions_wrote_as_text_becomes_columns,
    stations_share_their_lane,
    rows_of_earlier_versions_get_their_station,
}

async fn an_order_is_found_by_each_of_its_names(bench: Bench) {
    let key = IdempotencyKey(Uuid::new_v4());
    let Inserted::New { order } = bench.insert(key, "draft").await else { panic!("a new key") };
    bench.store.ping().await.unwrap();
    assert_eq!(bench.store.get(order.id).await.unwrap().as_ref(), Some(&*order));
    let by_number = bench.store.by_number_at_provider(&order.merchant_order_id).await.unwrap();
    assert_eq!(by_number.as_ref(), Some(&*order));
    assert_eq!(bench.store.by_key(key).await.unwrap(), Some(((*order).clone(), "draft".to_owned())));
    let other = bench.new_order().await;
    assert_eq!(other.number, order.number + 1);
    let mut several = bench.store.several(&[other.id, OrderId(Uuid::new_v4()), order.id]).await.unwrap();
    several.sort_by_key(|order| order.number);
    assert_eq!(several, [*order, other]);
    assert_eq!(bench.store.several(&[]).await.unwrap(), []);
    let unknown = OrderId(Uuid::new_v4());
    assert_eq!(bench.store.get(unknown).await.unwrap(), None);
    assert_eq!(bench.store.by_provider_id(&test_support::orders::invoice().provider_id).await.unwrap(), None);
    assert_eq!(bench.store.by_key(IdempotencyKey(Uuid::new_v4())).await.unwrap(), None);
}

async fn a_key_is_recorded_once_however_often_it_comes_at_once(bench: Bench) {
    let key = IdempotencyKey(Uuid::new_v4());
    let inserted = futures::future::join_all((0..8).map(|_| bench.insert(key, "draft"))).await;
    let new = inserted.iter().filter(|inserted| matches!(inserted, Inserted::New { .. })).count();
    let ids: std::collections::HashSet<_> = inserted
        .iter()
        .map(|inserted| match inserted {
            Inserted::New { order } | Inserted::Known { order, .. } => order.id,
            Inserted::ExternalIdTaken => panic!("no number was given"),
        })
        .collect();
    assert_eq!((new, ids.len()), (1, 1));
    match bench.insert(key, "another draft").await {
        Inserted::Known { draft_hash, .. } => assert_eq!(draft_hash, "draft"),
        Inserted::New { .. } | Inserted::ExternalIdTaken => panic!("the key is known"),
    }
    assert_eq!(bench.store.counts().await.unwrap(), [("placing".to_owned(), 1)]);
    assert_eq!(bench.claim(&INVOICEBOX_LANE).await.len(), 1);
}

async fn orders_are_listed_by_status_and_time(bench: Bench) {
    let (first, second) = (bench.new_order().await, bench.new_order().await);
    let ids = |orders: Vec<Order>| orders.iter().map(|order| order.id).collect::<Vec<_>>();
    assert_eq!(ids(bench.store.in_status(&[Status::Placing]).await.unwrap()), [first.id, second.id]);
    assert_eq!(bench.store.in_status(&[Status::Paid, Status::Ready]).await.unwrap(), []);
    let end = first.expires_at;
    assert_eq!(bench.overdue(Overdue::Placing, end).await.len(), 2);
    let before = end - Duration::from_millis(1);
    assert_eq!(bench.overdue(Overdue::Placing, before).await, []);
    assert_eq!(bench.overdue(Overdue::Unanswered(Status::Paid), end).await, []);
    assert_eq!(bench.overdue(Overdue::Unanswered(Status::Placing), bench.now).await.len(), 2);
    let earlier = bench.now - Duration::from_secs(1);
    assert_eq!(bench.overdue(Overdue::Unanswered(Status::Placing), earlier).await, []);
}

async fn a_row_is_leased_by_one_worker_of_many(bench: Bench) {
    for _ in 0..40 {
        bench.new_order().await;
    }
    let mut workers = Vec::new();
    for _ in 0..4 {
        workers.push(bench.another_outbox().await);
    }
    let mut taken = Vec::new();
    // A worker may come away empty-handed while another holds the rows it looked at.
    while taken.len() < 40 {
        let claims =
            workers.iter().map(|outbox| outbox.queue().claim(&INVOICEBOX_LANE, bench.now, bench.now, 5));
        for jobs in futures::future::join_all(claims).await {
            taken.extend(jobs.unwrap().into_iter().map(|job| job.row.order));
        }
    }
    let once: std::collections::HashSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), once.len()), (40, 40));
    assert!(bench.claim(&INVOICEBOX_LANE).await.is_empty());
}

async fn only_the_holder_of_the_lease_strikes_a_row(bench: Bench) {
    bench.new_order().await;
    let late = bench.claim_one().await;
    assert!(bench.claim(&INVOICEBOX_LANE).await.is_empty(), "it is leased");
    let wall = bench.now + LEASE_OVER;
    let taken = bench.queue().claim(&INVOICEBOX_LANE, bench.now, wall, 1).await.unwrap().remove(0);
    assert_eq!((late.attempts, taken.attempts), (1, 2));
    assert!(!bench.queue().succeed(&late.lease).await.unwrap());
    assert!(!bench.queue().fail(&late.lease, None, failure("late")).await.unwrap());
    assert!(!bench.queue().renew(&late.lease, wall + LEASE_OVER).await.unwrap());
    assert!(!bench.outbox.mark_sent(&late.lease, bench.now).await.unwrap());
    let rows = bench.outbox.list(wall).await.unwrap();
    assert_eq!((rows.len(), rows[0].state, rows[0].last_error.as_deref()), (1, EntryState::UnderWay, None));
    assert!(bench.queue().succeed(&taken.lease).await.unwrap());
    assert!(!bench.queue().succeed(&taken.lease).await.unwrap(), "struck off once");
    assert!(bench.outbox.list(wall).await.unwrap().is_empty());
}

async fn a_note_is_read_by_the_next_holder_and_a_takeover_ends_every_lease(bench: Bench) {
    bench.new_order().await;
    let job = bench.claim_one().await;
    assert!(bench.outbox.mark_sent(&job.lease, bench.now).await.unwrap());
    assert!(bench.claim(&INVOICEBOX_LANE).await.is_empty(), "it is leased");
    bench.queue().end_all_leases().await.unwrap();
    let next = bench.claim_one().await;
    assert_eq!((next.attempts, next.row.marks), (2, Marks::sent(to_the_millisecond(bench.now))));
    assert!(!bench.queue().succeed(&job.lease).await.unwrap(), "the lease was ended");
}

async fn a_renewed_lease_is_kept(bench: Bench) {
    bench.new_order().await;
    let job = bench.claim_one().await;
    let wall = bench.now + LEASE_OVER;
    assert!(bench.queue().renew(&job.lease, wall).await.unwrap());
    assert!(bench.queue().claim(&INVOICEBOX_LANE, bench.now, wall, 1).await.unwrap().is_empty());
    assert!(bench.queue().succeed(&job.lease).await.unwrap());
}

async fn a_failed_row_comes_back_when_it_is_due_or_hurried(bench: Bench) {
    let order = bench.new_order().await;
    let job = bench.claim_one().await;
    let due = bench.now + Duration::from_secs(5);
    assert!(bench.queue().fail(&job.lease, Some(due), failure(&"х".repeat(900))).await.unwrap());
    assert!(bench.claim(&INVOICEBOX_LANE).await.is_empty(), "not due yet");
    let again = bench.queue().claim(&INVOICEBOX_LANE, due, bench.now, 1).await.unwrap().remove(0);
    assert_eq!((again.attempts, bench.last_errors().await), (2, vec![Some("х".repeat(500))]));
    let far = bench.now + Duration::from_secs(600);
    assert!(bench.queue().fail(&again.lease, Some(far), failure("x")).await.unwrap());
    let soon = bench.now + Duration::from_secs(1);
    bench.outbox.hurry(OrderId(Uuid::new_v4()), bench.now).await.unwrap();
    assert!(
        bench.queue().claim(&INVOICEBOX_LANE, soon, bench.now, 1).await.unwrap().is_empty(),
        "another order"
    );
    bench.outbox.hurry(order.id, bench.now).await.unwrap();
    // Pressing again puts it neither off nor on.
    bench.outbox.hurry(order.id, bench.now + Duration::from_millis(900)).await.unwrap();
    assert!(bench.claim(&INVOICEBOX_LANE).await.is_empty(), "a press a try would be too many");
    let hurried = bench.queue().claim(&INVOICEBOX_LANE, soon, bench.now, 1).await.unwrap().remove(0);
    assert_eq!(hurried.attempts, 3);
}

async fn a_dead_row_is_listed_stops_nothing_and_runs_again_after_a_retry(bench: Bench) {
    let (first, second) = (bench.new_order().await, bench.new_order().await);
    for job in bench.claim(&INVOICEBOX_LANE).await {
        assert!(bench.queue().fail(&job.lease, None, failure("никак\nне выходит")).await.unwrap());
    }
    bench.outbox.hurry(first.id, bench.now).await.unwrap();
    assert!(bench.claim(&INVOICEBOX_LANE).await.is_empty(), "an operator has to decide");
    let rows = bench.outbox.list(bench.now).await.unwrap();
    let numbers: Vec<_> = rows.iter().map(|row| (row.number, row.state)).collect();
    assert_eq!(
        numbers,
        [(i64::from(first.number), EntryState::Dead), (i64::from(second.number), EntryState::Dead)]
    );
    let depth = bench.outbox.depth(bench.now, bench.now).await.unwrap();
    assert_eq!((depth.waiting, depth.dead), (0, 2));

    assert_eq!(bench.outbox.retry(RetryScope::OrderNumber(second.number), bench.now).await.unwrap(), 1);
    assert_eq!(bench.outbox.retry(RetryScope::OrderNumber(second.number), bench.now).await.unwrap(), 0);
    let job = bench.claim_one().await;
    assert_eq!(job.row.order, second.id);
    assert!(job.attempts > 1, "earlier tries may have succeeded unseen: they are asked for first");
    assert_eq!(bench.last_errors().await[0].as_deref(), Some("никак\nне выходит"));
    assert_eq!(bench.outbox.retry(RetryScope::All, bench.now).await.unwrap(), 1);
    assert_eq!(bench.claim_one().await.row.order, first.id);
}

/// Adds rows as a change would that decided them.
async fn add(bench: &Bench, order: OrderId, seq: i64, effects: &[&str]) {
    let database = Database::open(&bench.url).await.unwrap();
    for (position, effect) in (0_i64..).zip(effects) {
        let sql = "INSERT INTO outbox (order_id, seq, position, effect, state, attempts, due_at, leased_until, created_at) \
                   VALUES ($1, $2, $3, $4, 'due', 0, 0, 0, 0)";
        let query =
            sqlx::query(sql).bind(order.to_string()).bind(seq).bind(position).bind((*effect).to_owned());
        query.execute(database.pool()).await.unwrap();
    }
}

async fn rows_of_an_order_are_done_one_after_another(bench: Bench) {
    let order = bench.new_order().await;
    add(&bench, order.id, 2, &["withdraw_authorisation", "return_money"]).await;
    let other = bench.new_order().await;
    let mut done = Vec::new();
    for _ in 0..4 {
        let mut jobs = bench.claim(&INVOICEBOX_LANE).await;
        jobs.extend(bench.claim(&STATION_LANE).await);
        let orders: Vec<_> = jobs.iter().map(|job| job.row.order).collect();
        assert!(orders.iter().filter(|id| **id == order.id).count() <= 1, "one at a time: {jobs:?}");
        for job in jobs {
            done.push((job.row.order, job.row.effect));
            assert!(bench.queue().succeed(&job.lease).await.unwrap());
        }
    }
    let of =
        |id| done.iter().filter(|(order, _)| *order == id).map(|(_, effect)| *effect).collect::<Vec<_>>();
    assert_eq!(of(order.id), [Effect::CreateInvoice, Effect::WithdrawAuthorisation, Effect::ReturnMoney]);
    assert_eq!(of(other.id), [Effect::CreateInvoice]);
}

async fn an_effect_of_a_newer_version_is_laid_aside(bench: Bench) {
    let order = bench.new_order().await;
    let job = bench.claim_one().await;
    assert!(bench.queue().succeed(&job.lease).await.unwrap());
    add(&bench, order.id, 2, &["sing", "return_money"]).await;
    assert!(bench.claim(&INVOICEBOX_LANE).await.is_empty());
    let rows = bench.outbox.list(bench.now).await.unwrap();
    assert_eq!((rows[0].name.as_str(), rows[0].state), ("sing", EntryState::Dead));
    assert_eq!(bench.claim_one().await.row.effect, Effect::ReturnMoney);
}

async fn depth_tells_age_and_neglect(bench: Bench) {
    let later = bench.now + Duration::from_secs(30);
    assert_eq!(bench.outbox.depth(later, later).await.unwrap().waiting, 0);
    bench.new_order().await;
    let depth = bench.outbox.depth(later, bench.now).await.unwrap();
    assert_eq!((depth.waiting, depth.dead), (1, 0));
    assert_eq!((depth.oldest, depth.neglected), (Duration::from_secs(30), Duration::from_secs(30)));
    let job = bench.claim_one().await;
    let depth = bench.outbox.depth(later, bench.now).await.unwrap();
    assert_eq!((depth.waiting, depth.neglected), (1, Duration::ZERO), "somebody is at it");
    bench.queue().fail(&job.lease, Some(later + Duration::from_secs(1)), failure("x")).await.unwrap();
    let depth = bench.outbox.depth(later, later).await.unwrap();
    assert_eq!(
        (depth.oldest, depth.neglected),
        (Duration::from_secs(30), Duration::ZERO),
        "it waits its time"
    );
}

/// The clock was set back by an hour.
async fn leases_and_pauses_in_the_future_are_void(bench: Bench) {
    bench.new_order().await;
    let hour = Duration::from_secs(3600);
    let later = bench.now + hour;
    let held = bench.queue().claim(&INVOICEBOX_LANE, later, later, 1).await.unwrap().remove(0);
    let rows = bench.outbox.list(bench.now).await.unwrap();
    assert_eq!(rows[0].state, EntryState::Waiting, "nobody can hold a row for so long");
    let job = bench.claim_one().await;
    assert!(!bench.queue().succeed(&held.lease).await.unwrap());
    let far = later + Duration::from_secs(600);
    assert!(bench.queue().fail(&job.lease, Some(far), failure("x")).await.unwrap());
    assert_eq!(bench.claim_one().await.attempts, 3);
    // Clocks of two instances differ a little: that is no reason to take a row from its holder.
    let other_clock = bench.now - Duration::from_secs(5);
    let taken = bench.queue().claim(&INVOICEBOX_LANE, bench.now, other_clock, 1).await.unwrap();
    assert!(taken.is_empty(), "{taken:?}");
}

fn to_the_millisecond(at: OffsetDateTime) -> OffsetDateTime {
    from_millis(to_millis(at))
}

async fn run(bench: &Bench, sql: &str) {
    sqlx::query(sql).execute(bench.database.pool()).await.unwrap();
}

/// Two neighbouring releases run side by side: the other one knows the text of the last error only.
async fn marks_of_the_previous_release_are_read_and_ours_are_written_for_it(bench: Bench) {
    bench.new_order().await;
    let earlier = to_the_millisecond(bench.now - Duration::from_secs(20));
    let sent = format!("UPDATE outbox SET last_error = 'unanswered at {}: silence'", to_millis(earlier));
    run(&bench, &sent).await;
    let job = bench.claim_one().await;
    assert_eq!(job.row.marks, Marks::sent(earlier));

    assert!(bench.outbox.mark_sent(&job.lease, bench.now).await.unwrap());
    let text = bench.last_errors().await.remove(0).unwrap();
    assert!(text.starts_with(&format!("unanswered at {}: ", to_millis(bench.now))), "{text}");

    // It has sent again since.
    let again = to_the_millisecond(bench.now);
    run(&bench, "UPDATE outbox SET leased_until = 0, sent_at = 1000").await;
    assert_eq!(bench.claim_one().await.row.marks, Marks::sent(again));
    let duplicate = "UPDATE outbox SET leased_until = 0, sent_at = NULL, last_error = 'duplicate: refused'";
    run(&bench, duplicate).await;
    assert_eq!(bench.claim_one().await.row.marks, Marks::DUPLICATE);
}

async fn a_mark_in_the_future_counts_from_now(bench: Bench) {
    bench.new_order().await;
    let job = bench.claim_one().await;
    let now = to_the_millisecond(bench.now);
    assert!(bench.outbox.mark_sent(&job.lease, now + Duration::from_secs(3600)).await.unwrap());
    bench.queue().end_all_leases().await.unwrap();
    let claimed = bench.queue().claim(&INVOICEBOX_LANE, now, now, 1).await.unwrap().remove(0);
    assert_eq!(claimed.row.marks, Marks::sent(now));
}

/// Brings the outbox back to the schema of the version before its facts had columns, and opens it again.
async fn what_earlier_versions_wrote_as_text_becomes_columns(bench: Bench) {
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(bench.new_order().await.id);
    }
    for sql in [
        "DROP INDEX outbox_by_station",
        "ALTER TABLE outbox DROP COLUMN station_id",
        "ALTER TABLE outbox DROP COLUMN sent_at",
        "ALTER TABLE outbox DROP COLUMN duplicate_seen",
        "DELETE FROM _sqlx_migrations WHERE version = 51",
    ] {
        run(&bench, sql).await;
    }
    let texts = [
        "unanswered at 1790000000123: no answer",
        "duplicate: the number is known",
        "unanswered at 17900000x0123: no digits",
        "the station refused: unanswered at 1790000000123: x",
        "no answer",
    ];
    for (order, text) in orders.iter().zip(texts) {
        let sql = "UPDATE outbox SET last_error = $1 WHERE order_id = $2";
        let query = sqlx::query(sql).bind(text).bind(order.to_string());
        query.execute(bench.database.pool()).await.unwrap();
    }
    let database = Database::open(&bench.url).await.unwrap();
    let sql = "SELECT sent_at, duplicate_seen FROM outbox WHERE order_id = $1";
    for (order, expected) in
        orders.iter().zip([(Some(1_790_000_000_123_i64), 0_i64), (None, 1), (None, 0), (None, 0), (None, 0)])
    {
        let query = sqlx::query_as(sql).bind(order.to_string());
        let facts: (Option<i64>, i64) = query.fetch_one(database.pool()).await.unwrap();
        assert_eq!(facts, expected);
    }
}

/// Writes a release for each of these stations.
async fn add_releases(bench: &Bench, stations: &[Option<&str>]) -> Vec<OrderId> {
    let mut orders = Vec::new();
    for station in stations {
        let order = bench.new_order().await;
        run(bench, "DELETE FROM outbox WHERE effect = 'create_invoice'").await;
        add(bench, order.id, 2, &["authorise"]).await;
        let sql = "UPDATE outbox SET station_id = $1 WHERE order_id = $2";
        let query = sqlx::query(sql).bind(station.map(str::to_owned)).bind(order.id.to_string());
        query.execute(bench.database.pool()).await.unwrap();
        orders.push(order.id);
    }
    orders
}

async fn stations_share_their_lane(bench: Bench) {
    let stations = [Some("a"), Some("a"), Some("a"), Some("a"), Some("b"), Some("a")];
    let orders = add_releases(&bench, &stations).await;
    let held = bench.claim(&STATION_LANE).await;
    assert_eq!(held.len(), 3, "two of one station, and the other station's: {held:?}");
    assert!(bench.claim(&STATION_LANE).await.is_empty(), "both places of the station are taken");
    add_releases(&bench, &[Some("b"), Some("c")]).await;
    assert_eq!(bench.claim(&STATION_LANE).await.len(), 2, "others go on");
    // Rows that wait for a place of their station are in nobody's way: somebody is at work there.
    let depth = bench.outbox.depth(bench.now + Duration::from_secs(3600), bench.now).await.unwrap();
    assert_eq!((depth.waiting, depth.neglected), (8, Duration::ZERO));
    let done = held.iter().find(|entry| entry.row.order != orders[4]).unwrap();
    assert!(bench.queue().succeed(&done.lease).await.unwrap());
    assert_eq!(bench.claim(&STATION_LANE).await.len(), 1, "a place for a place");
}

async fn rows_of_earlier_versions_get_their_station(bench: Bench) {
    add_releases(&bench, &[None, None, None]).await;
    bench.outbox.assign_stations().await.unwrap();
    let sql = "SELECT station_id FROM outbox";
    let stations: Vec<(Option<String>,)> =
        sqlx::query_as(sql).fetch_all(bench.database.pool()).await.unwrap();
    let station = test_support::orders::order(true).station.id.0;
    assert_eq!(stations, vec![(Some(station),); 3]);
    assert_eq!(bench.claim(&STATION_LANE).await.len(), 2);
}

/// The command line finds the database in the configuration, and its exit code tells whether anything was put back.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_puts_back_and_says_so() {
    let bench = Bench::open(DatabaseKind::Sqlite).await;
    let url = bench.url.clone();
    let config = Config::read(move |name| (name == "DATABASE_URL").then(|| url.clone())).unwrap();
    let order = bench.new_order().await;
    let job = bench.claim_one().await;
    bench.queue().fail(&job.lease, None, failure("x")).await.unwrap();
    let code = |code: std::process::ExitCode| format!("{code:?}");
    let (success, failure) = (code(std::process::ExitCode::SUCCESS), code(std::process::ExitCode::FAILURE));
    assert_eq!(code(commands::outbox::list(&config).await.unwrap()), success);
    let unknown = commands::outbox::retry(&config, RetryScope::OrderNumber(order.number + 1)).await.unwrap();
    assert_eq!(code(unknown), failure);
    let known = commands::outbox::retry(&config, RetryScope::OrderNumber(order.number)).await.unwrap();
    assert_eq!(code(known), success);
    let rows = bench.outbox.list(bench.now).await.unwrap();
    assert_eq!(rows[0].state, EntryState::Waiting);
}
