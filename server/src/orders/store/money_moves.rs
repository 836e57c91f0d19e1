//! Movements of an order's money, each with its own day: written in the transaction of the change, and never edited. A
//! movement that turns out otherwise is taken back where it was and recorded anew where it belongs.

use std::collections::BTreeMap;

use domain::order::{
    Order,
    settlement::{Progress, Return, SecondPayment},
};
use sqlx::AnyConnection;
use time::OffsetDateTime;

use super::StoreError;
use crate::clock::to_millis;

/// Of earlier versions: what an order had paid and was to return, at the time of the change.
const CHANGE: &str = "change";

/// What tells a movement from others of its order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MoveKey {
    kind: String,
    /// Our number of a return, Invoicebox's id of a second payment.
    number: String,
    /// Decides the day, in milliseconds.
    at: i64,
}

/// Sums of a movement, in kopecks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct MoveSums {
    paid: i64,
    refunded: i64,
    owed: i64,
}

#[derive(sqlx::FromRow)]
struct MoveRow {
    kind: String,
    number: String,
    at: i64,
    paid: i64,
    refunded: i64,
    owed: i64,
}

/// Records what differs between the movements of an order as they are and as they were recorded.
pub(super) async fn record(
    connection: &mut AnyConnection,
    order: &Order,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    if order.settlement.payment.is_none() {
        return Ok(());
    }
    let rows: Vec<MoveRow> = sqlx::query_as(
        "SELECT kind, number, at, paid_kopecks AS paid, refunded_kopecks AS refunded, owed_kopecks AS owed \
         FROM money_moves WHERE order_id = $1",
    )
    .bind(order.id.to_string())
    .fetch_all(&mut *connection)
    .await?;
    for (key, sums) in differences(order, &rows) {
        sqlx::query(
            "INSERT INTO money_moves (order_id, seq, kind, number, at, recorded_at, paid_kopecks, \
             refunded_kopecks, owed_kopecks) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(order.id.to_string())
        .bind(i64::from(order.seq))
        .bind(key.kind)
        .bind(key.number)
        .bind(key.at)
        .bind(to_millis(now))
        .bind(sums.paid)
        .bind(sums.refunded)
        .bind(sums.owed)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn differences(order: &Order, recorded: &[MoveRow]) -> BTreeMap<MoveKey, MoveSums> {
    let mut sums = moves_of(order, undated_at(order, recorded));
    for row in recorded {
        let key = MoveKey { kind: row.kind.clone(), number: row.number.clone(), at: row.at };
        let sums = sums.entry(key).or_default();
        sums.paid -= row.paid;
        sums.refunded -= row.refunded;
        sums.owed -= row.owed;
    }
    sums.retain(|_, sums| *sums != MoveSums::default());
    sums
}

/// The moment of returns that an earlier version did not date: when it recorded one.
fn undated_at(order: &Order, recorded: &[MoveRow]) -> i64 {
    let returned = recorded.iter().filter(|row| row.kind == CHANGE && row.refunded > 0);
    returned.map(|row| row.at).max().unwrap_or_else(|| paid_at(order))
}

/// When the order was paid, by Invoicebox's clock as far as that is not ahead of ours.
fn paid_at(order: &Order) -> i64 {
    let first = order.history.first().map_or(order.placed_at, |step| step.at);
    let at =
        order.paid_at.map_or(first, |paid| paid.provider.map_or(paid.learned, |at| at.min(paid.learned)));
    to_millis(at)
}

fn moves_of(order: &Order, undated_at: i64) -> BTreeMap<MoveKey, MoveSums> {
    let mut moves = BTreeMap::new();
    let mut add = |kind: &str, number: &str, at: i64, sums: MoveSums| {
        let key = MoveKey { kind: kind.to_owned(), number: number.to_owned(), at };
        let known: &mut MoveSums = moves.entry(key).or_default();
        known.paid += sums.paid;
        known.refunded += sums.refunded;
        known.owed += sums.owed;
    };
    let paid = MoveSums { paid: order.paid_total().get(), ..MoveSums::default() };
    add("payment", "", paid_at(order), paid);
    for back in &order.settlement.returns {
        let (at, sums) = return_move(back);
        add("return", &back.number, at.map_or(undated_at, to_millis), sums);
    }
    for second in &order.settlement.second_payments {
        let paid = MoveSums { paid: second.amount.get(), ..MoveSums::default() };
        let at = second.paid_at.map_or(second.learned, |at| at.min(second.learned));
        add("second_payment", &second.provider_id, to_millis(at), paid);
        let (at, sums) = second_return_move(second);
        add("second_return", &second.number, to_millis(at), sums);
    }
    moves
}

/// The day of a return is that on which it went; until then it is owed since it was decided.
fn return_move(back: &Return) -> (Option<OffsetDateTime>, MoveSums) {
    let amount = back.amount.get();
    match back.state {
        Progress::Done => {
            (back.done_at.or(back.decided_at), MoveSums { refunded: amount, ..MoveSums::default() })
        }
        Progress::UnderWay | Progress::Refused => {
            (back.decided_at, MoveSums { owed: amount, ..MoveSums::default() })
        }
    }
}

fn second_return_move(second: &SecondPayment) -> (OffsetDateTime, MoveSums) {
    let amount = second.amount.get();
    match second.state {
        Progress::Done => {
            (second.done_at.unwrap_or(second.learned), MoveSums { refunded: amount, ..MoveSums::default() })
        }
        Progress::UnderWay | Progress::Refused => {
            (second.learned, MoveSums { owed: amount, ..MoveSums::default() })
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::money::Kopecks;

    use super::*;

    const STORED: &str = include_str!("../../../../app/domain/tests/data/stored_orders.jsonl");

    fn paid_orders() -> Vec<Order> {
        let orders = STORED.lines().filter_map(|line| serde_json::from_str::<Order>(line).ok());
        orders.map(Order::upgraded).filter(|order| order.settlement.payment.is_some()).collect()
    }

    fn apply(rows: &mut Vec<MoveRow>, differences: BTreeMap<MoveKey, MoveSums>) {
        rows.extend(differences.into_iter().map(|(key, sums)| {
            let MoveSums { paid, refunded, owed } = sums;
            MoveRow { kind: key.kind, number: key.number, at: key.at, paid, refunded, owed }
        }));
    }

    fn total(rows: &[MoveRow], sum: impl Fn(&MoveRow) -> i64) -> Kopecks {
        Kopecks::new(rows.iter().map(sum).sum())
    }

    #[test]
    fn rows_of_an_earlier_version_are_written_anew_once() {
        let orders = paid_orders();
        assert!(!orders.is_empty());
        for order in orders {
            let refunded = order.refund().unwrap_or_default().get();
            let (kind, number) = (CHANGE.to_owned(), String::new());
            let at = paid_at(&order);
            let paid = order.paid_total().get();
            let mut rows = vec![MoveRow { kind, number, at, paid, refunded, owed: 0 }];
            let first = differences(&order, &rows);
            apply(&mut rows, first);
            assert_eq!(differences(&order, &rows), BTreeMap::new(), "{}: once", order.number);
            let seconds = order.settlement.second_payments.iter().map(|it| it.amount).sum::<Kopecks>();
            assert_eq!(total(&rows, |row| row.paid), order.paid_total() + seconds, "{}", order.number);
            let back = total(&rows, |row| row.refunded + row.owed);
            assert_eq!(back, order.settlement.returned() + seconds, "{}", order.number);
            let of_change = rows.iter().filter(|row| row.kind == CHANGE);
            assert_eq!(of_change.map(|row| row.paid + row.refunded).sum::<i64>(), 0, "{}", order.number);
        }
    }
}
