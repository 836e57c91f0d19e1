//! The commands about the outbox.

use clap::Parser;
use server::{
    cli::{Cli, Command, OutboxCommand, RetryTarget},
    commands,
    config::Config,
    queue::{EntryState, RetryScope, RowKey},
};

use super::fixture::{OutboxFixture, failure};
use test_support::DatabaseKind;

/// The command line finds the database in the configuration, and its exit code says whether anything was retried.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_retries_and_reports() {
    let fixture = OutboxFixture::open(DatabaseKind::Sqlite).await;
    let url = fixture.url.clone();
    let config = Config::read(move |name| (name == "DATABASE_URL").then(|| url.clone())).unwrap();
    let order = fixture.new_order().await;
    let entry = fixture.claim_one().await;
    fixture.queue().fail(&entry.lease, fixture.now, None, failure("x")).await.unwrap();
    let code = |code: std::process::ExitCode| format!("{code:?}");
    let (success, failure) = (code(std::process::ExitCode::SUCCESS), code(std::process::ExitCode::FAILURE));
    assert_eq!(code(commands::outbox::list(&config).await.unwrap()), success);
    let unknown = commands::outbox::retry(&config, RetryScope::OrderNumber(order.number + 1)).await.unwrap();
    assert_eq!(code(unknown), failure);
    let known = commands::outbox::retry(&config, RetryScope::OrderNumber(order.number)).await.unwrap();
    assert_eq!(code(known), success);
    let rows = fixture.outbox.list(fixture.now).await.unwrap();
    assert_eq!(rows[0].state, EntryState::Waiting);
    let done = RowKey { seq: rows[0].seq + 1, ..rows[0].key() };
    assert_eq!(code(commands::outbox::retry_row(&config, rows[0].key()).await.unwrap()), success);
    assert_eq!(code(commands::outbox::retry_row(&config, done).await.unwrap()), failure);
}

#[test]
fn rows_are_named_by_an_order_or_an_id() {
    let parsed = |rows: &str| match Cli::try_parse_from(["kolonka", "outbox", "retry", rows]).ok()?.command {
        Some(Command::Outbox { command: OutboxCommand::Retry { rows, .. } }) => rows,
        _ => None,
    };
    assert_eq!(parsed("10451"), Some(RetryTarget::Order(10451)));
    let key = RowKey { number: 10451, seq: 7, name: "return_money".to_owned() };
    assert_eq!(parsed("10451-7-return_money"), Some(RetryTarget::Row(key)));
    assert_eq!((parsed("10451-7"), parsed("refund")), (None, None));
    assert!(Cli::try_parse_from(["kolonka", "outbox", "retry"]).is_err(), "nothing is named");
}
