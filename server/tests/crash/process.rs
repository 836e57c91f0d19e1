//! A server process that may die at any moment.

use std::{
    fs::{File, OpenOptions},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sandbox::{
    StationSandbox,
    station::{Partner, StationSettings},
};
use serde_json::{Value, json};
use server::clock::Clock;
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

use test_support::{DEMO_MERCHANT_ID, DatabaseKind, TestServer, free_port, until};

/// Longest call: a server may have died with its connection open.
const CALLER_TIMEOUT: Duration = Duration::from_secs(40);

/// Speed of the station, as a multiple of the speed that people watch.
const STATION_SPEED_FACTOR: u32 = 50;

/// Longest wait of a customer for the right end once nobody kills the server any more: an order whose process died over a
/// call to Invoicebox is looked up for a minute before that call is made again, and a lease runs out before.
const MAX_RECOVERY_TIME: Duration = Duration::from_secs(400);

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
    child: Mutex<Option<Child>>,
    /// When the last process was started.
    started_at: Mutex<Instant>,
    client: reqwest::Client,
    folder: TempDir,
}

/// The Invoicebox that outlives the killed servers. Undelivered notifications are repeated soon.
pub async fn invoicebox() -> TestServer {
    let server = TestServer::start(DatabaseKind::Sqlite).await;
    let notifications = json!({ "delay_ms": 0, "timeout_ms": 5000, "time_factor": 600 });
    // As in reality, nothing there keeps us from making two invoices of one order.
    let duplicates_allowed = json!([DEMO_MERCHANT_ID]);
    let switches = json!({ "notifications": notifications, "duplicates_allowed": duplicates_allowed });
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
        Self {
            url,
            port,
            database_url,
            api_url,
            station,
            station_url,
            _station: stop.drop_guard(),
            child: Mutex::default(),
            started_at: Mutex::new(Instant::now()),
            client,
            folder,
        }
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
            .env("KOLONKA_FORECOURT", "tanker")
            .env("KOLONKA_TANKER_URL", &self.station_url)
            .env("KOLONKA_TANKER_FEED_S", "off")
            .env("INVOICEBOX_API_URL", &self.api_url)
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
                self.wait_until_serving().await;
                if later {
                    let moved = json!({ "clock": { "advance_s": 61 } });
                    assert_eq!(
                        self.post("/sandbox/control", &moved).await.map(|(status, _)| status),
                        Some(200)
                    );
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        deaths
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
        let request =
            self.client.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_str(&answer.text().await.ok()?).ok()?))
    }

    pub async fn get(&self, path: &str) -> Option<String> {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.ok()?;
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

/// A station whose pumps serve everybody at once, and fast.
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
    station
}
