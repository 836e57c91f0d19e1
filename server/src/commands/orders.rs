//! `kolonka orders discrepancies|settle`: lists discrepancies, and records what operators have done about them.

use std::process::ExitCode;

use anyhow::Context;
use domain::order::Discrepancy;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    app,
    clock::Clock,
    config::Config,
    orders::{DiscrepancyFilter, ListedDiscrepancy, OrderStore},
};

/// Prints one line for each discrepancy, oldest first, separated by tabs: since when, order number, status, what,
/// detail.
///
/// # Errors
/// A database that does not answer.
#[expect(clippy::print_stdout, reason = "the list is this command's result")]
pub async fn discrepancies(config: &Config, filter: DiscrepancyFilter) -> anyhow::Result<ExitCode> {
    print!("{}", table(&store(config).await?.discrepancies(filter).await?));
    Ok(ExitCode::SUCCESS)
}

/// Records what was done about a discrepancy. Exit code 1 when the list has no such line.
///
/// # Errors
/// An empty note; a database that does not answer.
#[expect(clippy::print_stdout, reason = "the answer is this command's result")]
pub async fn settle(config: &Config, order: u32, what: Discrepancy, note: &str) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(!note.trim().is_empty(), "--note must say what was done");
    let settled = store(config).await?.settle(order, what, note.trim(), Clock::system().wall()).await?;
    if settled {
        println!("settled: {} of order {order}", what.name());
        return Ok(ExitCode::SUCCESS);
    }
    println!("order {order} has no open {}; see kolonka orders discrepancies --all", what.name());
    Ok(ExitCode::FAILURE)
}

async fn store(config: &Config) -> anyhow::Result<OrderStore> {
    Ok(app::open(config).await.context("DATABASE_URL")?.orders)
}

fn table(rows: &[ListedDiscrepancy]) -> String {
    let mut text = String::from("since\torder\tstatus\tdiscrepancy\tdetail\n");
    for row in rows {
        // A station's reason may hold any character; one discrepancy stays one line.
        let one_line = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut cells = vec![
            format_time(row.since),
            row.number.to_string(),
            row.status.clone(),
            row.what.clone(),
            one_line(&row.detail),
        ];
        cells.extend(row.settled.as_deref().map(|note| format!("settled: {}", one_line(note))));
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

fn format_time(at: OffsetDateTime) -> String {
    at.truncate_to_second().format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_discrepancy_is_one_line_whatever_its_detail() {
        let row = ListedDiscrepancy {
            number: 10_451,
            status: "completed".to_owned(),
            what: "station_gave_up".to_owned(),
            since: OffsetDateTime::UNIX_EPOCH,
            detail: "авария\n\tстоп".to_owned(),
            settled: None,
        };
        let settled =
            ListedDiscrepancy { settled: Some("возврат\nоформлен".to_owned()), ..row.clone() };
        assert!(table(&[settled]).ends_with("стоп\tsettled: возврат оформлен\n"));
        let text = table(&[row]);
        assert_eq!(text.lines().count(), 2);
        assert_eq!(
            text.lines().last(),
            Some("1970-01-01T00:00:00Z\t10451\tcompleted\tstation_gave_up\tавария  стоп")
        );
    }
}
