//! `kolonka orders discrepancies|retry|settle`: lists discrepancies, tries again what Invoicebox refused, and records what
//! operators have done.

use std::process::ExitCode;

use anyhow::Context;
use domain::{
    hidden::is_hidden,
    money::Kopecks,
    order::Discrepancy,
    refusal::{OrderRefusal, Refusal},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    app,
    clock::Clock,
    config::Config,
    orders::{DiscrepancyFilter, ListedDiscrepancy, RetriedRefusals, RetryRefused, SettleDiscrepancy},
};

/// Prints one line for each discrepancy, oldest first, separated by tabs: id, since when, order number, status, what,
/// detail; of closed ones also when, and what was done about them.
///
/// # Errors
/// A database that does not answer.
#[expect(clippy::print_stdout, reason = "the list is this command's result")]
pub async fn discrepancies(config: &Config, filter: DiscrepancyFilter) -> anyhow::Result<ExitCode> {
    let store = app::open(config).await.context("DATABASE_URL")?.orders;
    print!("{}", table(&store.discrepancies(filter).await?));
    Ok(ExitCode::SUCCESS)
}

/// Tries again what Invoicebox refused of an order. Exit code 1 when nothing was refused, or there is no such order.
///
/// # Errors
/// A database that does not answer.
#[expect(clippy::print_stdout, reason = "the answer is this command's result")]
pub async fn retry(config: &Config, number: u32) -> anyhow::Result<ExitCode> {
    let store = app::open(config).await.context("DATABASE_URL")?.orders;
    let retry = RetryRefused::without_server(store, Clock::system(), config.start);
    let retried = match retry.run(number).await {
        Ok(retried) => retried,
        Err(Refusal::Order(OrderRefusal::OrderUnknown)) => {
            println!("there is no order {number}");
            return Ok(ExitCode::FAILURE);
        }
        Err(refusal) => return Err(to_error(refusal)),
    };
    if retried == RetriedRefusals::default() {
        println!("nothing of order {number} was refused for good; what waits is in kolonka outbox list");
        return Ok(ExitCode::FAILURE);
    }
    if retried.shipment {
        println!("order {number}: the shipment is sent again");
    }
    if retried.returns > Kopecks::ZERO {
        println!("order {number}: the return of {} is tried again", retried.returns.to_decimal());
    }
    Ok(ExitCode::SUCCESS)
}

/// Records what was done about a discrepancy, by its id, or about all open ones of a kind of an order, by its number.
/// Exit code 1 when there is none, or when it holds the money of its order.
///
/// # Errors
/// An empty note; a database that does not answer.
#[expect(clippy::print_stdout, reason = "the answer is this command's result")]
pub async fn settle(
    config: &Config,
    id: &str,
    what: Option<Discrepancy>,
    note: &str,
) -> anyhow::Result<ExitCode> {
    let note = note.trim();
    anyhow::ensure!(!note.is_empty(), "--note must say what was done");
    let store = app::open(config).await.context("DATABASE_URL")?.orders;
    let settle = SettleDiscrepancy::without_server(store, Clock::system(), config.start);
    let ids = match what {
        Some(what) => {
            let order = id.parse().context("before the kind stands the short number of an order")?;
            settle.open_of(order, what).await.map_err(to_error)?
        }
        None => vec![id.to_owned()],
    };
    if ids.is_empty() {
        println!("order {id} has no such open discrepancy; see kolonka orders discrepancies --all");
        return Ok(ExitCode::FAILURE);
    }
    let mut code = ExitCode::SUCCESS;
    for id in ids {
        match settle.run(&id, note).await {
            Ok(()) => println!("settled: {id}"),
            Err(Refusal::Order(refusal)) => {
                println!("{id}: {}", sentence(&refusal));
                code = ExitCode::FAILURE;
            }
            Err(refusal) => return Err(to_error(refusal)),
        }
    }
    Ok(code)
}

fn sentence(refusal: &OrderRefusal) -> &'static str {
    match refusal {
        OrderRefusal::DiscrepancyUnknown => "there is none of this id; see kolonka orders discrepancies",
        OrderRefusal::DiscrepancyHoldsMoney => {
            "the money of its order waits because of it: complete the order with the dispensed volume, send the documents again, or return the money"
        }
        _ => "closed already; see kolonka orders discrepancies --all",
    }
}

/// A failure of our own, which was logged where it occurred.
fn to_error(refusal: Refusal) -> anyhow::Error {
    anyhow::anyhow!("the database does not answer: {:?}", refusal.code())
}

fn table(rows: &[ListedDiscrepancy]) -> String {
    let mut text = String::from("id\tsince\torder\tstatus\tdiscrepancy\tdetail\n");
    for row in rows {
        // A station's reason may hold any character; one discrepancy stays one line.
        let one_line =
            |text: &str| text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect::<String>();
        let mut cells = vec![
            row.id.clone(),
            format_time(row.since),
            row.number.to_string(),
            row.status.clone(),
            row.what.clone(),
            one_line(&row.detail),
        ];
        match (&row.settled, row.closed_at) {
            (Some(settled), _) => {
                cells.push(format!("settled {}: {}", format_time(settled.at), one_line(&settled.note)));
            }
            (None, Some(closed_at)) => cells.push(format!("closed {}", format_time(closed_at))),
            (None, None) => {}
        }
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
    use crate::orders::SettledNote;

    #[test]
    fn one_discrepancy_is_one_line_whatever_its_detail() {
        let row = ListedDiscrepancy {
            id: "10451-1".to_owned(),
            order_id: String::new(),
            number: 10_451,
            status: "completed".to_owned(),
            what: "station_gave_up".to_owned(),
            since: OffsetDateTime::UNIX_EPOCH,
            detail: "авария\n\tстоп".to_owned(),
            closed_at: None,
            settled: None,
        };
        let at = OffsetDateTime::UNIX_EPOCH;
        let note = "возврат\nоформлен".to_owned();
        let settled =
            ListedDiscrepancy { settled: Some(SettledNote { at, note }), closed_at: Some(at), ..row.clone() };
        assert!(table(&[settled]).ends_with("стоп\tsettled 1970-01-01T00:00:00Z: возврат оформлен\n"));
        let closed = ListedDiscrepancy { closed_at: Some(at), ..row.clone() };
        assert!(table(&[closed]).ends_with("стоп\tclosed 1970-01-01T00:00:00Z\n"));
        let text = table(&[row]);
        assert_eq!(text.lines().count(), 2);
        assert_eq!(
            text.lines().last(),
            Some("10451-1\t1970-01-01T00:00:00Z\t10451\tcompleted\tstation_gave_up\tавария  стоп")
        );
    }
}
