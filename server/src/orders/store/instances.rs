//! Messages between instances on one database about orders.
//!
//! A change is announced by the transaction that makes it and received on one connection per instance. Where a database
//! belongs to one process, nothing is sent and nothing is received.

use std::time::Duration;

use domain::{id::OrderId, refusal::PaymentRefusal};
use futures::FutureExt;
use sqlx::{AnyConnection, Executor, postgres::PgListener};
use tokio::time::timeout;

use super::{OrderStore, StoreError};

/// Channel of the database on which instances send each other messages.
const NOTIFY_CHANNEL: &str = "kolonka_orders";
/// Silence after which a connection is tested: a cut wire reports nothing.
pub(in crate::orders) const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Time in which a tested connection has to answer.
const ALIVE_CHECK_TIMEOUT: Duration = Duration::from_secs(5);
/// Most messages taken together: their orders are read by one statement.
const MAX_MESSAGES_PER_READ: usize = 100;

/// A message of another instance.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::orders) enum InstanceMessage {
    Changed(OrderId),
    /// A try for this order failed; somebody may wait for it there.
    Failed(OrderId, PaymentRefusal),
}

/// A message that is sent by the commit of its transaction.
pub(super) struct Notice {
    sql: &'static str,
    message: String,
}

/// A connection on which messages of other instances arrive.
pub(in crate::orders) struct InstanceConnection {
    listener: PgListener,
    own_instance: String,
}

impl InstanceMessage {
    fn to_payload(&self, instance: &str) -> String {
        match self {
            Self::Changed(id) => format!("{instance} changed {id}"),
            Self::Failed(id, refusal) => {
                let why = if *refusal == PaymentRefusal::ProviderTimeout { "timeout" } else { "down" };
                format!("{instance} failed {id} {why}")
            }
        }
    }

    /// Parses a payload. `None` for our own messages and for those of a newer version.
    fn parse(message: &str, own_instance: &str) -> Option<Self> {
        let mut parts = message.split(' ');
        let (instance, what, id) = (parts.next()?, parts.next()?, OrderId::parse(parts.next()?)?);
        match (what, parts.next()) {
            _ if instance == own_instance => None,
            ("changed", None) => Some(Self::Changed(id)),
            ("failed", Some("timeout")) => Some(Self::Failed(id, PaymentRefusal::ProviderTimeout)),
            ("failed", Some(_)) => Some(Self::Failed(id, PaymentRefusal::ProviderDown)),
            _ => None,
        }
    }
}

impl Notice {
    pub async fn send(self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        sqlx::query(self.sql).bind(NOTIFY_CHANNEL).bind(self.message).execute(&mut *connection).await?;
        Ok(())
    }
}

impl OrderStore {
    pub(super) fn notice_of_change(&self, id: OrderId) -> Option<Notice> {
        self.notice(&InstanceMessage::Changed(id))
    }

    /// Sends a message to the other instances, if there can be any.
    ///
    /// # Errors
    /// `Database` if the database does not answer; then nobody receives it.
    pub(in crate::orders) async fn notify_instances(
        &self,
        message: &InstanceMessage,
    ) -> Result<(), StoreError> {
        let Some(Notice { sql, message }) = self.notice(message) else { return Ok(()) };
        sqlx::query(sql).bind(NOTIFY_CHANNEL).bind(message).execute(self.database.pool()).await?;
        Ok(())
    }

    /// Opens a connection for messages of other instances; `None` where there can be none.
    ///
    /// # Errors
    /// `Database` if the database does not answer.
    pub(in crate::orders) async fn listen_for_instances(
        &self,
    ) -> Result<Option<InstanceConnection>, StoreError> {
        let Some(mut listener) = self.database.listen(NOTIFY_CHANNEL).await? else { return Ok(None) };
        // Orders have to be read again after a reconnect, so the caller reconnects.
        listener.eager_reconnect(false);
        Ok(Some(InstanceConnection { listener, own_instance: self.database.instance().to_owned() }))
    }

    fn notice(&self, message: &InstanceMessage) -> Option<Notice> {
        let sql = self.database.notify()?;
        Some(Notice { sql, message: message.to_payload(self.database.instance()) })
    }
}

impl InstanceConnection {
    /// Waits for messages of other instances; empty if they were silent for [`IDLE_TIMEOUT`] and the connection is
    /// alive.
    ///
    /// # Errors
    /// `Cut` or `Database` if the connection is lost: messages may have been lost with it.
    pub async fn next_messages(&mut self) -> Result<Vec<InstanceMessage>, StoreError> {
        let Ok(first) = timeout(IDLE_TIMEOUT, self.listener.try_recv()).await else {
            let alive = timeout(ALIVE_CHECK_TIMEOUT, self.listener.execute("SELECT 1")).await;
            alive.map_err(|_| StoreError::Cut)??;
            return Ok(Vec::new());
        };
        let mut texts = vec![first?.ok_or(StoreError::Cut)?.payload().to_owned()];
        while texts.len() < MAX_MESSAGES_PER_READ
            && let Some(message) = self.listener.try_recv().now_or_never()
        {
            texts.push(message?.ok_or(StoreError::Cut)?.payload().to_owned());
        }
        let own = &self.own_instance;
        Ok(texts.iter().filter_map(|text| InstanceMessage::parse(text, own)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written_and_our_own_are_left_out() {
        let id = OrderId::parse("0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b").expect("an id");
        for message in [
            InstanceMessage::Changed(id),
            InstanceMessage::Failed(id, PaymentRefusal::ProviderTimeout),
            InstanceMessage::Failed(id, PaymentRefusal::ProviderDown),
        ] {
            let text = message.to_payload("b");
            assert_eq!(InstanceMessage::parse(&text, "a"), Some(message));
            assert_eq!(InstanceMessage::parse(&text, "b"), None);
        }
        for other in ["", "b changed", "b changed nonsense", "b sung 0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b"] {
            assert_eq!(InstanceMessage::parse(other, "a"), None, "{other}");
        }
    }
}
