//! Watching of workers: readiness, metrics and the log name the one that does not work.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use server::{
    app::App,
    clock::Clock,
    config::Config,
    database::{Database, Durability},
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use test_support::{CapturedLog, DatabaseKind, until};

/// A server whose supervisor is at hand.
struct Watched {
    url: String,
    client: reqwest::Client,
    _stop: DropGuard,
    _folder: TempDir,
}

fn sqlite(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("kolonka.db").display())
}

async fn app(database_url: String) -> App {
    let config = Config::read(|name| match name {
        "DATABASE_URL" => Some(database_url.clone()),
        "KOLONKA_FORECOURT" => Some("none".to_owned()),
        _ => None,
    });
    App::build(&config.expect("a good configuration"), Clock::system()).await.expect("a server")
}

/// Moves the monotonic clock of this test's runtime, by which workers are watched.
async fn advance_monotonic_clock(span: Duration) {
    tokio::time::pause();
    tokio::time::advance(span).await;
    tokio::time::resume();
}

impl Watched {
    async fn start(begin: impl FnOnce(&App)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::serve(app(sqlite(&folder)).await, folder, begin).await
    }

    async fn serve(app: App, folder: TempDir, begin: impl FnOnce(&App)) -> Self {
        begin(&app);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(app.serve(listener, stop.clone().cancelled_owned()));
        // No kept connections: the server closes them when the clock is moved.
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { url, client, _stop: stop.drop_guard(), _folder: folder }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// A figure of the metrics, by its name and labels.
    async fn metric(&self, series: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics").await;
        text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
    }
}

#[tokio::test]
async fn a_stalled_worker_makes_the_instance_unready() {
    let server = Watched::start(|app| app.supervisor.start("stuck", |_| pending())).await;
    assert_eq!(server.get("/readyz").await, (200, "ready\n".to_owned()));
    advance_monotonic_clock(Duration::from_secs(400)).await;
    until("all but one have made a turn since", || async {
        (server.get("/readyz").await == (503, "worker stuck\n".to_owned())).then_some(())
    })
    .await;
    let standstill = server.metric("kolonka_worker_seconds_since_turn{worker=\"stuck\"}").await;
    assert!(standstill.is_some_and(|seconds| seconds >= 400.0), "{standstill:?}");
}

/// A night without changes, in which instances send each other nothing.
#[tokio::test]
async fn a_quiet_night_leaves_an_instance_on_postgresql_ready() {
    if DatabaseKind::Postgres.is_missing() {
        return;
    }
    let app = app(test_support::postgres::fresh_database().await).await;
    let server = Watched::serve(app, tempfile::tempdir().unwrap(), |_| {}).await;
    for minute in 0..10 {
        advance_monotonic_clock(Duration::from_secs(60)).await;
        until("the listener to other instances has made a turn", || async {
            let series = "kolonka_worker_seconds_since_turn{worker=\"instance_listener\"}";
            server.metric(series).await.filter(|seconds| *seconds < 20.0)
        })
        .await;
        assert_eq!(server.get("/readyz").await, (200, "ready\n".to_owned()), "minute {minute}");
    }
}

/// The machine's clock is set right, or a sandbox's moved: no worker has stalled.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_steps_forward_leaves_the_instance_ready() {
    let mut clock = None;
    let server = Watched::start(|app| clock = Some(app.clock.clone())).await;
    clock.expect("the app's clock").advance(Duration::from_secs(26 * 3600));
    assert_eq!(server.get("/readyz").await, (200, "ready\n".to_owned()));
}

/// The machine's clock is set back again and again: hours pass, and by its own account hardly a moment.
#[tokio::test]
async fn a_clock_that_is_set_back_leaves_the_instance_ready() {
    let server = Watched::start(|_| {}).await;
    for hours in 1..=26 {
        advance_monotonic_clock(Duration::from_secs(3600)).await;
        until(&format!("every worker has made a turn since, hour {hours}"), || async {
            let answer = server.get("/readyz").await;
            (answer == (200, "ready\n".to_owned())).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_panics_once_is_started_again_and_counted() {
    let lives = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&lives);
    let server = Watched::start(|app| {
        app.supervisor.start("clumsy", move |worker| {
            let life = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                assert_ne!(life, 0, "the first life ends in a panic");
                worker.shutdown().cancelled().await;
            }
        });
    })
    .await;
    until("its second life", || async { (lives.load(Ordering::SeqCst) == 2).then_some(()) }).await;
    assert_eq!(server.get("/readyz").await.0, 200);
    assert_eq!(server.metric("kolonka_worker_restarts_total{worker=\"clumsy\"}").await, Some(1.0));
}

/// A panic without a message: printing those of many with their backtraces takes longer than the pauses of the workers.
fn unwind() -> ! {
    std::panic::resume_unwind(Box::new(()))
}

/// What panics once more when the first panic is cleared away, outside of what guards the work of one caller.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        unwind();
    }
}

async fn make_writer_panic(database: &Database) {
    let work = database.transact::<(), sqlx::Error, _>(Durability::Full, |_| {
        Box::pin(async { std::panic::resume_unwind(Box::new(PanicsOnDrop)) })
    });
    work.await.expect_err("the caller gets an error");
}

async fn write(database: &Database) -> Result<(), sqlx::Error> {
    database.transact(Durability::Full, |_| Box::pin(async { Ok(()) })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writer_restarts_after_a_panic_and_one_that_keeps_panicking_makes_the_instance_unready() {
    let mut parts = None;
    let server = Watched::start(|app| parts = Some((app.storage.database.clone(), app.clock.clone()))).await;
    let (database, clock) = parts.unwrap();
    make_writer_panic(&database).await;
    write(&database).await.expect("the next caller is served");
    assert_eq!(server.get("/readyz").await.0, 200, "a single panic is nobody's concern");
    let panics = server.metric("kolonka_worker_restarts_total{worker=\"sqlite_writer\"}").await;
    assert!(panics.is_some_and(|panics| panics >= 1.0), "{panics:?}");

    let writes = database.clone();
    let panicking = tokio::spawn(async move {
        loop {
            make_writer_panic(&writes).await;
        }
    });
    until("it is not ready", || async {
        (server.get("/readyz").await == (503, "writer\n".to_owned())).then_some(())
    })
    .await;
    panicking.abort();
    panicking.await.expect_err("it goes on until it is ended");
    // Nobody writes: the instance tries by itself, sooner when its clock is moved.
    until("it is ready again", || async {
        clock.advance(Duration::from_secs(10));
        (server.get("/readyz").await.0 == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_does_not_stop_is_named_at_the_end() {
    let (log, _guard) = CapturedLog::start("info");
    let folder = tempfile::tempdir().unwrap();
    let app = app(sqlite(&folder)).await;
    app.supervisor.start("deaf", |_| pending());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let serving = app.serve(listener, std::future::ready(()));
    let ended = tokio::time::timeout(Duration::from_secs(60), serving).await.expect("an end");
    ended.expect("an end that was asked for");
    let lines = log.take_lines();
    let end = lines.iter().find(|line| line.contains("ending with work under way"));
    assert!(end.is_some_and(|line| line.contains("workers=[\"deaf\"]")), "{lines:?}");
}
