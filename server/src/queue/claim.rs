//! Taking rows under a lease.

use std::marker::PhantomData;

use sqlx::{AnyConnection, Row, any::AnyRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AnyQuery, Claimed, LEASE_DURATION, Lane, Queue, QueueTable, RowLease, TryRecord};
use crate::clock::{MAX_CLOCK_DIFFERENCE, to_millis};

/// Text that an operator reads of a row of another version.
const UNKNOWN_EFFECT_TEXT: &str = "this version does not know the effect";

/// Times that decide whether a row may be taken: `$1` to `$4` of every statement made here.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClaimTimes {
    now: i64,
    wall: i64,
    /// A lease that ends later is void: see [`is_leased`].
    max_leased_until: i64,
    /// A row that is due later is due now.
    max_due_at: i64,
}

impl ClaimTimes {
    pub fn of<T: QueueTable>(now: OffsetDateTime, wall: OffsetDateTime) -> Self {
        Self {
            now: to_millis(now),
            wall: to_millis(wall),
            max_leased_until: max_leased_until(wall),
            max_due_at: to_millis(now + T::RULES.back_off.max_due_in() + MAX_CLOCK_DIFFERENCE),
        }
    }

    pub fn bind(self, query: AnyQuery<'_>) -> AnyQuery<'_> {
        query.bind(self.now).bind(self.wall).bind(self.max_leased_until).bind(self.max_due_at)
    }
}

/// The latest end of a lease that is not void.
pub(super) fn max_leased_until(wall: OffsetDateTime) -> i64 {
    to_millis(wall + LEASE_DURATION + MAX_CLOCK_DIFFERENCE)
}

/// Whether a row with a lease until then is under way. A lease that ends later than one can was taken before the clock
/// was set back, and is void.
pub(super) fn is_leased(leased_until: i64, wall: OffsetDateTime) -> bool {
    leased_until > to_millis(wall) && leased_until <= max_leased_until(wall)
}

/// Pieces of SQL about the row `mine`; each condition is true of it if the sentence above the function is.
pub(super) struct RowConditions<T>(PhantomData<T>);

impl<T: QueueTable> RowConditions<T> {
    /// `mine` is due, and nobody holds it. A row that is due later than it could have been put back is due now, and so
    /// is one that was put back in the future.
    fn is_free() -> String {
        format!(
            "mine.state = 'due' AND (mine.due_at <= $1 OR mine.due_at > $4 OR mine.due_set_at > $4 - {max_due_in}) \
             AND (mine.leased_until <= $2 OR mine.leased_until > $3)",
            max_due_in = T::RULES.back_off.max_due_in().as_millis()
        )
    }

    /// `mine` is behind `earlier`, another row of its order.
    pub fn is_behind() -> String {
        let columns = |row: &str| {
            let named: Vec<String> =
                T::RULES.sequence.iter().map(|column| format!("{row}.{column}")).collect();
            named.join(", ")
        };
        format!(
            "earlier.order_id = mine.order_id AND ({}) AND ({}) < ({})",
            T::RULES.blocking_condition,
            columns("earlier"),
            columns("mine")
        )
    }

    /// `mine` is not behind another row of its order.
    fn is_first() -> String {
        format!("NOT EXISTS (SELECT 1 FROM {} AS earlier WHERE {})", T::RULES.table, Self::is_behind())
    }

    /// Number of rows under way that share a value of `column` with `mine`.
    fn count_held(column: &str) -> String {
        format!(
            "(SELECT COUNT(*) FROM {} AS held WHERE held.{column} = mine.{column} \
             AND held.leased_until > $2 AND held.leased_until <= $3)",
            T::RULES.table
        )
    }

    /// `mine` may be taken by anybody now.
    fn is_claimable(lane: &Lane) -> String {
        format!("{} AND ({}) AND {}", Self::is_free(), lane.rows, Self::is_first())
    }

    /// `mine` may be taken, and fewer rows than allowed are under way.
    fn has_place(lane: &Lane) -> String {
        match lane.max_rows_per_value {
            Some((column, max_rows)) => {
                format!("{} AND {} < {max_rows}", Self::is_claimable(lane), Self::count_held(column))
            }
            None => Self::is_claimable(lane),
        }
    }

    /// `mine` may be taken, and no row that shares its limit is under way.
    pub fn is_neglected(lane: &Lane) -> String {
        match lane.max_rows_per_value {
            Some((column, _)) => format!("{} AND {} = 0", Self::is_claimable(lane), Self::count_held(column)),
            None => Self::is_claimable(lane),
        }
    }

    fn key_of(row: &str) -> String {
        let name = T::RULES.key_name.map(|name| format!(", {row}.{name}")).unwrap_or_default();
        format!("{row}.order_id, {row}.seq{name}")
    }

    fn same_key(one: &str, other: &str) -> String {
        let name = T::RULES.key_name.map(|name| format!(" AND {one}.{name} = {other}.{name}"));
        format!(
            "{one}.order_id = {other}.order_id AND {one}.seq = {other}.seq{}",
            name.as_deref().unwrap_or_default()
        )
    }

    /// Selects and locks the keys of up to `$7` rows of a lane that may be taken and keep to its limit.
    fn select_taken(lane: &Lane, skip_locked: &str) -> String {
        let (table, mine) = (T::RULES.table, Self::key_of("mine"));
        let Some((column, max_rows)) = lane.max_rows_per_value else {
            return format!(
                "taken AS MATERIALIZED (SELECT {mine} FROM {table} AS mine WHERE {} \
                 ORDER BY mine.due_at LIMIT $7{skip_locked})",
                Self::is_claimable(lane)
            );
        };
        // `is_free` is asked for twice: between the two another instance may have taken the row.
        format!(
            "ranked AS (SELECT {mine}, ROW_NUMBER() OVER (PARTITION BY mine.{column} ORDER BY mine.due_at) AS place \
             FROM {table} AS mine WHERE {claimable}), \
             taken AS MATERIALIZED (SELECT {mine} FROM {table} AS mine JOIN ranked ON {same} WHERE {free} \
             AND (mine.{column} IS NULL OR ranked.place + {held} <= {max_rows}) \
             ORDER BY mine.due_at LIMIT $7{skip_locked})",
            claimable = Self::is_claimable(lane),
            same = Self::same_key("ranked", "mine"),
            free = Self::is_free(),
            held = Self::count_held(column),
        )
    }

    fn claim(lane: &Lane, skip_locked: &str) -> String {
        let table = T::RULES.table;
        let columns: String = T::RULES.columns.iter().map(|column| format!(", {table}.{column}")).collect();
        let on_claim: String = T::RULES.on_claim.iter().map(|set| format!(", {set}")).collect();
        format!(
            "WITH {} UPDATE {table} SET leased_until = $5, lease = $6, attempts = {table}.attempts + 1{on_claim} \
             FROM taken WHERE {} RETURNING {}, {table}.attempts, {table}.due_at{columns}",
            Self::select_taken(lane, skip_locked),
            Self::same_key(table, "taken"),
            Self::key_of(table),
        )
    }
}

impl<T: QueueTable> Queue<T> {
    /// Leases up to `limit` rows of a lane that are due and not behind another row of their order.
    ///
    /// # Errors
    /// The database does not answer; then nothing is leased.
    pub async fn claim(
        &self,
        lane: &Lane,
        now: OffsetDateTime,
        wall: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<Claimed<T>>, sqlx::Error> {
        let times = ClaimTimes::of::<T>(now, wall);
        // Most of the time nothing is due, which a read finds out without a write transaction.
        let peek = format!(
            "SELECT 1 FROM {} AS mine WHERE {} LIMIT 1",
            T::RULES.table,
            RowConditions::<T>::has_place(lane)
        );
        if times.bind(sqlx::query(&peek)).fetch_optional(self.database.pool()).await?.is_none() {
            return Ok(Vec::new());
        }
        let claim = RowConditions::<T>::claim(lane, self.database.skip_locked());
        let (token, leased_until) = (Uuid::new_v4().simple().to_string(), to_millis(wall + LEASE_DURATION));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.database
            .transact(T::RULES.claim_durability, move |connection| {
                Box::pin(async move {
                    let query = times.bind(sqlx::query(&claim)).bind(leased_until).bind(token.clone());
                    let rows = query.bind(limit).fetch_all(&mut *connection).await?;
                    let mut claimed = Vec::with_capacity(rows.len());
                    for row in &rows {
                        claimed.extend(read::<T>(connection, row, now, &token).await?);
                    }
                    Ok(claimed)
                })
            })
            .await
    }
}

/// Reads a claimed row; one that this version does not understand is given up, so that it is neither lost nor blocks
/// others.
async fn read<T: QueueTable>(
    connection: &mut AnyConnection,
    row: &AnyRow,
    now: OffsetDateTime,
    token: &str,
) -> Result<Option<Claimed<T>>, sqlx::Error> {
    let lease = RowLease::<T> {
        order_id: row.try_get("order_id")?,
        seq: row.try_get("seq")?,
        key_name: T::RULES.key_name.map(|column| row.try_get(column)).transpose()?,
        attempts: row.try_get("attempts")?,
        due_at: row.try_get("due_at")?,
        token: token.to_owned(),
        table: PhantomData,
    };
    let Some(content) = T::read(row, now)? else {
        let table = T::RULES.table;
        tracing::error!(
            table,
            name = lease.key_name,
            "this version does not understand a row: it is given up"
        );
        let record = TryRecord { error: Some(UNKNOWN_EFFECT_TEXT.to_owned()), facts: Vec::new() };
        lease.update(connection, record.into_values_of_unknown()).await?;
        return Ok(None);
    };
    Ok(Some(Claimed { row: content, attempts: lease.attempts, lease }))
}
