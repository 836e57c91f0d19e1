//! Arguments → configuration → command → exit code.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use server::{
    cli::{Cli, Command, OrdersCommand, OutboxCommand, RetryTarget, StationsCommand},
    commands,
    config::Config,
    orders::DiscrepancyFilter,
    queue::RetryScope,
    telemetry,
};

/// Time for which calls that cannot be interrupted, such as the look-up of a name, may keep the ended process.
const BLOCKING_TIMEOUT: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match commands::configuration() {
        Ok(config) => config,
        Err(findings) if matches!(cli.command, Some(Command::Check)) => {
            return commands::check::report(&findings);
        }
        Err(findings) => {
            for finding in findings {
                eprintln!("kolonka: {finding}");
            }
            return ExitCode::FAILURE;
        }
    };
    telemetry::start_logs(&config.log, config.log_format);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("kolonka: cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(cli, config));
    runtime.shutdown_timeout(BLOCKING_TIMEOUT);
    result.unwrap_or_else(|error| {
        eprintln!("kolonka: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(cli: Cli, config: Config) -> anyhow::Result<ExitCode> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => commands::serve::run(&config).await,
        Command::Check => commands::check::run(&config).await,
        Command::Stations { command: StationsCommand::Import { file } } => {
            commands::import::run(&config, &file).await
        }
        Command::Stations { command: StationsCommand::Refresh } => commands::refresh::run(&config).await,
        Command::Stations { command: StationsCommand::Publish(arguments) } => {
            commands::publish::run(&config, &arguments).await
        }
        Command::Qr(arguments) => commands::qr::run(&config, &arguments).await,
        Command::Orders { command: OrdersCommand::Discrepancies { all } } => {
            let filter = if all { DiscrepancyFilter::All } else { DiscrepancyFilter::Open };
            commands::orders::discrepancies(&config, filter).await
        }
        Command::Orders { command: OrdersCommand::Retry { number } } => {
            commands::orders::retry(&config, number).await
        }
        Command::Orders { command: OrdersCommand::Settle { id, what, note } } => {
            commands::orders::settle(&config, &id, what, &note).await
        }
        Command::Outbox { command: OutboxCommand::List } => commands::outbox::list(&config).await,
        Command::Outbox { command: OutboxCommand::Retry { rows, .. } } => match rows {
            None => commands::outbox::retry(&config, RetryScope::All).await,
            Some(RetryTarget::Order(number)) => {
                commands::outbox::retry(&config, RetryScope::OrderNumber(number)).await
            }
            Some(RetryTarget::Row(key)) => commands::outbox::retry_row(&config, key).await,
        },
    }
}
