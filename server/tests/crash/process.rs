//! A server process that may die at any moment.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sandbox::{
    StationSandbox,
    station::{Partner, StationFault, StationSettings},
};
use serde_json::{Value, json};
use server::clock::Clock;
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::customer::number_of;
use test_support::{DEMO_MERCHANT_ID, DatabaseKind, ERP_TOKEN, TestServer, free_port, until};

/// The station of all drafts.
pub const STATION: &str = "sever-12";
/// Its pumps. This one answers a release with a refusal,
pub const REFUSES_PUMP: u16 = 1;
/// this one takes it and cancels,
pub const CANCELS_PUMP: u16 = 2;
/// nobody lifts the nozzle of this one,
pub const UNTOUCHED_PUMP: u16 = 3;
/// this one works,
pub const GOOD_PUMP: u16 = 4;
/// and under this nozzle not a drop flows.
pub const NOTHING_FLOWS_PUMP: u16 = 5;

/// Longest call: a server may have died with its connection open.
const CALLER_TIMEOUT: Duration = Duration::from_secs(40);

/// Speed of the station, as a multiple of the speed that people watch.
const STATION_SPEED_FACTOR: u32 = 50;

/// Longest wait of a customer for the right end once nobody kills the server any more: an order whose process died over a
/// call to Invoicebox is looked up for a minute before that call is made again, and a lease runs out before.
const MAX_RECOVERY_TIME: Duration = Duration::from_secs(400);

/// Time between two looks at the releases that the station carries out.
const WATCH_INTERVAL: Duration = Duration::from_millis(5);

/// Shortest time between two steps of the clock for those who wait in vain: the others need time for what they do.
const SKIP_INTERVAL: Duration = Duration::from_secs(8);

/// Time by which the process's clock was moved.
#[derive(Default)]
struct MovedClock {
    process: u32,
    seconds: u64,
    /// When somebody moved it on who waited in vain.
    skipped_at: Option<Instant>,
}

/// One installation: its database and address outlive its processes.
pub struct Installation {
    pub url: String,
    port: u16,
    database_url: String,
    api_url: String,
    /// The station outlives the processes too, so that it remembers what it was asked.
    pub station: StationSandbox,
    /// The way there, which may lead over a proxy.
    station_url: String,
    _station: DropGuard,
    /// Releases that could be used beside another one of their order.
    beside_another: Arc<Mutex<Vec<String>>>,
    child: Mutex<Option<Child>>,
    /// Seconds by which the clock is ahead, in every process.
    ahead_s: AtomicU64,
    moved_clock: tokio::sync::Mutex<MovedClock>,
    /// Orders that expired before their customers could pay, who then ordered again.
    pub expired_orders: AtomicUsize,
    /// When the last process was started.
    started_at: Mutex<Instant>,
    client: reqwest::Client,
    folder: TempDir,
    /// Further settings.
    variables: &'static [(&'static str, &'static str)],
}

/// The Invoicebox that outlives the killed servers. Undelivered notifications are repeated soon.
pub async fn invoicebox() -> TestServer {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let notifications = json!({ "delay_ms": 0, "timeout_ms": 5000, "time_factor": 600 });
    // As in reality, nothing there keeps us from making two invoices of one order.
    let duplicates_allowed = json!([DEMO_MERCHANT_ID]);
    // A refund is followed until the money is with the payer.
    let switches = json!({
        "notifications": notifications, "duplicates_allowed": duplicates_allowed, "refund_minutes": 0,
    });
    server.control(json!({ "invoicebox": switches })).await;
    server
}

impl Installation {
    /// An installation on a fresh database, not started.
    pub async fn new(kind: DatabaseKind, api_url: String) -> Self {
        Self::with_station_url(kind, api_url, None).await
    }

    /// An installation on a fresh database, not started, which calls its station at `station_url`.
    pub async fn with_station_url(kind: DatabaseKind, api_url: String, station_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = kind.fresh(&folder).await;
        let port = free_port();
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(CALLER_TIMEOUT)
            .build()
            .unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let stop = CancellationToken::new();
        let station = open_station(&url, stop.clone()).await;
        let station_url = station_url.unwrap_or_else(|| station.url().to_owned());
        let beside_another = Arc::default();
        tokio::spawn(watch_releases(station.clone(), stop.clone(), Arc::clone(&beside_another)));
        Self {
            url,
            port,
            database_url,
            api_url,
            station,
            station_url,
            _station: stop.drop_guard(),
            beside_another,
            child: Mutex::default(),
            ahead_s: AtomicU64::new(0),
            moved_clock: tokio::sync::Mutex::default(),
            expired_orders: AtomicUsize::new(0),
            started_at: Mutex::new(Instant::now()),
            client,
            folder,
            variables: &[],
        }
    }

    /// With these settings beside, or instead of, the usual ones.
    pub fn with_variables(mut self, variables: &'static [(&'static str, &'static str)]) -> Self {
        self.variables = variables;
        self
    }

    /// Starts a process; `crash_at` makes it kill itself there.
    pub fn start(&self, crash_at: Option<&str>) {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kolonka"));
        command
            .arg("serve")
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("KOLONKA_ADDR", format!("127.0.0.1:{}", self.port))
            .env("KOLONKA_PUBLIC_URL", &self.url)
            .env("DATABASE_URL", &self.database_url)
            .env("KOLONKA_SITE_ROOT", self.folder.path())
            .env("KOLONKA_LOG", "info")
            .env("KOLONKA_LOG_FORMAT", "json")
            .env("KOLONKA_SIMULATOR_SPEED", "50")
            .env("KOLONKA_LIMITS", test_support::WITHOUT_LIMITS)
            // Longer than those who wait in vain move the clock.
            .env("KOLONKA_ORDER_TTL_MINUTES", "1440")
            .env("KOLONKA_START_TTL_MINUTES", "10080")
            .env("KOLONKA_FORECOURT", "tanker")
            .env("KOLONKA_TANKER_URL", &self.station_url)
            .env("KOLONKA_TANKER_FEED_S", "off")
            .env("INVOICEBOX_API_URL", &self.api_url)
            .envs(self.variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(log);
        if let Some(moment) = crash_at {
            command.env("KOLONKA_CRASH_AT", moment);
        }
        *self.child.lock().unwrap() = Some(command.spawn().expect("the server's program"));
        *self.started_at.lock().unwrap() = Instant::now();
    }

    /// Repeats `ask` until it gives an answer.
    ///
    /// # Panics
    /// It is not there within [`MAX_RECOVERY_TIME`], nor within [`MAX_RECOVERY_TIME`] since the last process was started.
    pub async fn wait_for_end<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        mut ask: impl FnMut() -> F,
    ) -> T {
        let begun = Instant::now();
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            let alive_for = self.started_at.lock().unwrap().elapsed();
            assert!(
                begun.elapsed().min(alive_for) < MAX_RECOVERY_TIME,
                "not within {MAX_RECOVERY_TIME:?}: {what}"
            );
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }

    /// Waits until the server serves, starting it again where it could not begin.
    pub async fn wait_until_serving(&self) {
        until("the server serves", || async {
            if self.is_dead() {
                self.start(None);
            }
            let answer = self.client.get(format!("{}/healthz", self.url)).send().await;
            answer.is_ok_and(|answer| answer.status() == 200).then_some(())
        })
        .await;
        self.move_clock().await;
    }

    /// Waits until the server serves, whoever starts it.
    pub async fn wait_until_alive(&self) {
        self.wait_for_end("the server is alive again", || self.get("/healthz")).await;
    }

    /// Starts the server again after each death until `over`. With `later`, its clock is moved beyond the minute in which a
    /// call that was cut off may still be carried out. Gives the number of deaths.
    pub async fn revive(&self, over: &AtomicBool, later: bool) -> u32 {
        let mut deaths = 0;
        while !over.load(Ordering::SeqCst) {
            if self.is_dead() {
                deaths += 1;
                self.start(None);
                if later {
                    self.ahead_s.fetch_add(61, Ordering::SeqCst);
                }
                self.wait_until_serving().await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        deaths
    }

    /// Moves the clock of this process, and of those that follow.
    pub async fn advance(&self, by: Duration) {
        self.ahead_s.fetch_add(by.as_secs(), Ordering::SeqCst);
        self.move_clock().await;
    }

    /// Moves the clock on for somebody who waits in vain, unless somebody has just done so. Returns whether it did.
    pub async fn skip(&self, seconds: u64) -> bool {
        let is_due = |at: Option<Instant>| at.is_none_or(|at| at.elapsed() > SKIP_INTERVAL);
        let mut moved = self.moved_clock.lock().await;
        if !is_due(moved.skipped_at) {
            return false;
        }
        moved.skipped_at = Some(Instant::now());
        drop(moved);
        self.advance(Duration::from_secs(seconds)).await;
        true
    }

    /// Moves the clock of the process to where it has to be. One that dies over it leaves that to the next.
    async fn move_clock(&self) {
        let mut moved = self.moved_clock.lock().await;
        let Some(process) = self.child.lock().unwrap().as_ref().map(Child::id) else { return };
        if moved.process != process {
            (moved.process, moved.seconds) = (process, 0);
        }
        let wanted = self.ahead_s.load(Ordering::SeqCst);
        if wanted > moved.seconds {
            let step = json!({ "clock": { "advance_s": wanted - moved.seconds } });
            if self.post("/sandbox/control", &step).await.is_some_and(|(status, _)| status == 200) {
                moved.seconds = wanted;
            }
        }
    }

    /// Asserts that no driver could use a release of an order while another one could use another.
    pub fn assert_never_two_usable_releases(&self) {
        let beside_another = self.beside_another.lock().unwrap();
        assert!(beside_another.is_empty(), "usable beside another one of their order: {beside_another:?}");
    }

    /// Ends the process by SIGKILL: no destructor runs.
    pub fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Whether no process serves, whoever killed it.
    pub fn is_dead(&self) -> bool {
        let mut child = self.child.lock().unwrap();
        child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// An answer, or `None` when the server died over it.
    pub async fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .bearer_auth(ERP_TOKEN);
        let answer = request.body(body.to_string()).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_str(&answer.text().await.ok()?).ok()?))
    }

    pub async fn get(&self, path: &str) -> Option<String> {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(ERP_TOKEN);
        let answer = request.send().await.ok()?;
        answer.text().await.ok()
    }

    /// An answer that is read as it comes.
    pub async fn stream(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.url)).send().await.expect("an answer")
    }

    /// Everything that its processes have logged.
    pub fn log(&self) -> String {
        std::fs::read(self.log_path())
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let kept = std::env::temp_dir().join(format!("kolonka-crash-{}.log", self.port));
            let copied = File::open(self.log_path())
                .and_then(|mut from| std::io::copy(&mut from, &mut File::create(&kept)?));
            if copied.is_ok() {
                eprintln!("the log of {} is kept in {}", self.url, kept.display());
            }
        }
    }
}

/// Records releases that can be used while another one of their order can.
async fn watch_releases(
    station: StationSandbox,
    stop: CancellationToken,
    beside_another: Arc<Mutex<Vec<String>>>,
) {
    while !stop.is_cancelled() {
        let mut numbers = HashSet::new();
        let usable = station.usable().into_iter();
        beside_another.lock().unwrap().extend(usable.filter(|id| !numbers.insert(number_of(id))));
        tokio::time::sleep(WATCH_INTERVAL).await;
    }
}

/// A station whose pumps serve everybody at once, and fast; some of them badly.
async fn open_station(kolonka: &str, shutdown: CancellationToken) -> StationSandbox {
    let partner = Partner {
        api_key: "sandbox-station-key".to_owned(),
        callback_url: kolonka.to_owned(),
        callback_key: "sandbox-callback-key".to_owned(),
    };
    let settings = StationSettings {
        addr: "127.0.0.1:0".parse().unwrap(),
        clock: Arc::new(Clock::system()),
        speed: STATION_SPEED_FACTOR,
        partners: vec![partner],
        network: Vec::new(),
        shutdown,
    };
    let station = StationSandbox::open(settings).await.unwrap();
    station.reserve_pumps(false);
    for (pump, fault) in [
        (REFUSES_PUMP, StationFault::ReleaseRefused),
        (CANCELS_PUMP, StationFault::Refuse),
        (UNTOUCHED_PUMP, StationFault::NozzleNotLifted),
        (NOTHING_FLOWS_PUMP, StationFault::Zero),
    ] {
        station.set_fault_of(STATION, pump, fault);
    }
    station
}
