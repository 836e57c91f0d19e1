//! The release build, or the program that `KOLONKA_BIN` names, as a process of its own.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

/// A running server.
pub struct Program {
    pub url: String,
    /// Host and port.
    pub address: String,
    child: Child,
    _folder: TempDir,
}

impl Program {
    /// Starts the program on a database and waits until it is ready.
    pub async fn start(database_url: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", test_support::free_port());
        let url = format!("http://{address}");
        let binary =
            std::env::var("KOLONKA_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_kolonka").to_owned());
        let child = Command::new(binary)
            .arg("serve")
            .current_dir(folder.path())
            .env("KOLONKA_ADDR", &address)
            .env("KOLONKA_PUBLIC_URL", &url)
            .env("DATABASE_URL", database_url)
            .env("KOLONKA_SITE_ROOT", folder.path())
            .env("KOLONKA_LOG", "warn")
            // All clients of a bench have one address.
            .env("KOLONKA_LIMITS", "off")
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let program = Self { url, address, child, _folder: folder };
        let ready = format!("{}/readyz", program.url);
        let client = client();
        test_support::until("the server is ready", || async {
            client.get(&ready).send().await.is_ok_and(|answer| answer.status() == 200).then_some(())
        })
        .await;
        program
    }

    /// Resident memory in megabytes.
    pub fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.unwrap_or(f64::NAN) / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A caller that keeps its connections.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap()
}
