//! `kolonka serve`.

use std::{pin::pin, process::ExitCode};

use anyhow::Context;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{App, files},
    clock::Clock,
    config::Config,
};

/// Serves until SIGTERM or Ctrl-C, and ends in order. A second signal ends at once, with exit code 1.
///
/// # Errors
/// A signal or an address that cannot be listened to, or a [`StartError`](crate::app::StartError).
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    files::raise_limit();
    let mut signals = EndSignals::listen()?;
    let stop = CancellationToken::new();
    let mut serving = pin!(serve(config, stop.clone()));
    tokio::select! {
        served = serving.as_mut() => return served.map(|()| ExitCode::SUCCESS),
        () = signals.next() => stop.cancel(),
    }
    tokio::select! {
        served = serving => served.map(|()| ExitCode::SUCCESS),
        () = signals.next() => {
            tracing::warn!("a second signal: ending at once");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn serve(config: &Config, stop: CancellationToken) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.addr)
        .await
        .with_context(|| format!("KOLONKA_ADDR: cannot listen on {}", config.addr))?;
    let address = listener.local_addr().context("KOLONKA_ADDR")?;
    let app = tokio::select! {
        app = App::build(config, Clock::system()) => app?,
        () = stop.cancelled() => return Ok(()),
    };
    tracing::info!(%address, url = config.public_url, mode = ?config.mode, "serving");
    if config.is_sandbox() {
        if !config.addr.ip().is_loopback() {
            tracing::warn!(
                "the sandbox is open to other machines: everybody who reaches it may pay and cancel"
            );
        }
        tracing::info!("sandbox: the emulated host is at {}/sandbox/host", config.public_url);
    }
    app.serve(listener, stop.cancelled_owned()).await?;
    Ok(())
}

/// The signals that ask a process to end.
struct EndSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl EndSignals {
    fn listen() -> anyhow::Result<Self> {
        let terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
        Ok(Self { terminate, interrupt })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
