//! `kolonka serve`.

use std::process::ExitCode;

use anyhow::Context;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{app::App, clock::Clock, config::Config};

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// Whatever keeps the service from starting.
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let listener = TcpListener::bind(config.addr)
        .await
        .with_context(|| format!("KOLONKA_ADDR: cannot listen on {}", config.addr))?;
    let app = App::build(config, Clock::system()).await?;
    tracing::info!(address = %config.addr, url = config.public_url, mode = ?config.mode, "serving");
    if config.is_sandbox() {
        if !config.addr.ip().is_loopback() {
            tracing::warn!(
                "the sandbox is open to other machines: everybody who reaches it may pay and cancel"
            );
        }
        tracing::info!("sandbox: the host window is at {}/sandbox/host", config.public_url);
    }
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    app.serve(listener, stop).await?;
    Ok(ExitCode::SUCCESS)
}
