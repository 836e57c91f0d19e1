//! The real program as a process that gets signals, and callers that keep it busy.

use std::{
    fs::File,
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use test_support::{DatabaseKind, until};

/// Longest time from a signal to the end of the process.
pub const MAX_TIME_TO_END: Duration = Duration::from_secs(10);
/// A file that no reader takes at once: more than all buffers between two processes.
const BIG_FILE_BYTES: usize = 64 * 1024 * 1024;

/// A running `kolonka serve`. It is killed when this is dropped.
pub struct Process {
    child: Child,
    pub addr: SocketAddr,
    pub database_url: String,
    folder: TempDir,
}

impl Process {
    /// A sandbox on a fresh database and any free port.
    pub async fn start(kind: DatabaseKind, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = kind.fresh(&folder).await;
        let mut process = Self::spawn(database_url, folder, variables);
        process.addr = until("the server serves", || async { process.logged_address() }).await;
        process
    }

    /// A sandbox on this database, which may keep it from serving: nobody waits for it, and its address stays unknown.
    pub fn spawn(database_url: String, folder: TempDir, variables: &[(&str, &str)]) -> Self {
        let big = vec![b'x'; BIG_FILE_BYTES];
        std::fs::write(folder.path().join("big.bin"), big).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_kolonka"))
            .arg("serve")
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("KOLONKA_ADDR", "127.0.0.1:0")
            .env("DATABASE_URL", &database_url)
            .env("KOLONKA_SITE_ROOT", folder.path())
            .env("KOLONKA_LOG_FORMAT", "json")
            .env("KOLONKA_LIMITS", test_support::WITHOUT_LIMITS)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the server's program");
        Self { child, addr: SocketAddr::from(([127, 0, 0, 1], 0)), database_url, folder }
    }

    /// The address of the line «serving».
    fn logged_address(&self) -> Option<SocketAddr> {
        let log = self.log();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let serving = lines.find(|line| line["fields"]["message"] == "serving")?;
        serving["fields"]["address"].as_str()?.parse().ok()
    }

    /// Everything that the process has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    pub async fn wait_until_logged(&self, message: &str) {
        until(message, || async { self.log().contains(message).then_some(()) }).await;
    }

    /// Sends a signal by its name: `TERM`, `INT`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().expect("the program kill");
        assert!(sent.success(), "kill -s {name} {pid}");
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// It is still alive after `limit`.
    pub async fn wait_for_end(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < limit, "still alive after {limit:?}:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asserts that the process ends in time and in order after a signal.
    pub async fn assert_ends_on(&mut self, signal: &str) {
        self.signal(signal);
        let status = self.wait_for_end(MAX_TIME_TO_END).await;
        assert_eq!(status.code(), Some(0), "{status}:\n{}", self.log());
    }

    /// A connection on which this has been sent.
    pub async fn connection(&self, sent: &str) -> TcpStream {
        let mut connection = TcpStream::connect(self.addr).await.unwrap();
        connection.write_all(sent.as_bytes()).await.unwrap();
        connection
    }

    /// A connection on which this has been sent and the head of an answer has come back.
    pub async fn answered_connection(&self, sent: &str, status: &str) -> TcpStream {
        let mut connection = self.connection(sent).await;
        let mut head = vec![0; status.len()];
        connection.read_exact(&mut head).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&head), status);
        connection
    }

    /// A request whose body the server waits for.
    pub async fn half_sent_body(&self) -> TcpStream {
        let head = "POST /api/stations/find HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                    content-length: 100\r\nexpect: 100-continue\r\n\r\n";
        let mut connection = self.answered_connection(head, "HTTP/1.1 100").await;
        connection.write_all(b"{\"query\":").await.unwrap();
        connection
    }

    /// The text of an answer, on a connection of its own.
    pub async fn get(&self, path: &str) -> String {
        let answer = single_use_client().get(format!("http://{}{path}", self.addr)).send().await;
        answer.unwrap().text().await.unwrap()
    }

    /// Posts JSON on a connection of its own; the answer's body.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let request = single_use_client().post(format!("http://{}{path}", self.addr));
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await;
        serde_json::from_str(&answer.unwrap().text().await.unwrap()).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only for a process that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn single_use_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

/// A server that takes every connection and never answers; its address.
pub async fn silent_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut taken = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            taken.push(connection);
        }
    });
    url
}
