//! A PostgreSQL of our own: one cluster for the test binary, one database for each test.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use sqlx::{Connection, Executor, PgConnection};

use super::{free_port, until};

struct Cluster {
    port: u16,
    /// Its standard input ends with this process, which ends the cluster.
    _keeper: Child,
}

/// Whether commits wait for the disk. Tests need no power cut and go faster without; measurements set it before the first
/// database is made.
pub static IS_DURABLE: AtomicBool = AtomicBool::new(false);

/// Starts the cluster and removes it when standard input ends. `$1` is the folder of the programs, `$2` the port, `$3`
/// whether commits wait for the disk.
const KEEPER_SCRIPT: &str = r#"
set -e
dir=$(mktemp -d)
"$1/initdb" -D "$dir/data" -U kolonka -A trust -E UTF8 --locale=C --no-sync >/dev/null
"$1/postgres" -D "$dir/data" -p "$2" -k "$dir" -c listen_addresses=127.0.0.1 -c fsync="$3" \
    -c max_connections=1000 >"$dir/log" 2>&1 </dev/null &
server=$!
read -r _ || true
kill -QUIT "$server"
wait "$server" || true
rm -rf "$dir"
"#;

/// Whether the programs of the server are installed.
pub fn is_installed() -> bool {
    programs().is_some()
}

/// The address of an empty database.
///
/// # Panics
/// PostgreSQL is not installed or does not start.
pub async fn fresh_database() -> String {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    let port = CLUSTER.get_or_init(start).port;
    let name = format!("k{}", uuid::Uuid::new_v4().simple());
    let server = format!("postgres://kolonka@127.0.0.1:{port}");
    until("PostgreSQL makes a database", || async {
        let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.ok()?;
        connection.execute(format!("CREATE DATABASE {name}").as_str()).await.ok()
    })
    .await;
    format!("{server}/{name}")
}

fn start() -> Cluster {
    let programs = programs().expect("PostgreSQL's server programs in /usr/lib/postgresql/*/bin");
    let port = free_port();
    // The server refuses to run as root.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = Command::new(if is_root { "runuser" } else { "sh" });
    if is_root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    let keeper = command
        .args(["-c", KEEPER_SCRIPT, "keeper"])
        .arg(programs)
        .arg(port.to_string())
        .arg(if IS_DURABLE.load(Ordering::SeqCst) { "on" } else { "off" })
        .current_dir("/")
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    Cluster { port, _keeper: keeper }
}

/// The newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let found = versions.flatten().map(|version| version.path().join("bin"));
    found
        .filter(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
        .max_by_key(|bin| bin.parent()?.file_name()?.to_str()?.parse::<u32>().ok())
}
