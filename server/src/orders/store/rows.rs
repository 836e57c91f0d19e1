//! Rows of orders, and how their columns are read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::order::Order;

use super::StoreError;

/// An order that cannot be read is logged again after this.
const LOG_AGAIN_AFTER: Duration = Duration::from_secs(3600);

/// The body of an order, and the number by which operators know it.
#[derive(sqlx::FromRow)]
pub(super) struct OrderRow {
    pub number: i64,
    pub body: String,
}

impl OrderRow {
    /// # Errors
    /// `Unreadable`.
    pub fn order(&self) -> Result<Order, StoreError> {
        read_body(self.number, &self.body)
    }
}

/// # Errors
/// `Unreadable`.
pub(super) fn read_body(number: i64, body: &str) -> Result<Order, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Unreadable { number, error })
}

/// Reports orders that are left out because they cannot be read: every time to the metric, once an hour to the log.
#[derive(Clone, Debug, Default)]
pub(super) struct UnreadableOrders {
    logged: Arc<Mutex<HashMap<i64, Instant>>>,
}

impl UnreadableOrders {
    /// The order, or nothing but a report of its number. The id is the key to an order, so it is never logged.
    pub fn readable(&self, read: Result<Order, StoreError>) -> Option<Order> {
        match read {
            Ok(order) => Some(order),
            Err(error) => {
                self.report(&error);
                None
            }
        }
    }

    pub fn report(&self, error: &StoreError) {
        let StoreError::Unreadable { number, error } = error else { return };
        metrics::counter!("kolonka_unreadable_orders_total").increment(1);
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.get(number).is_none_or(|at| at.elapsed() >= LOG_AGAIN_AFTER) {
            logged.insert(*number, Instant::now());
            tracing::error!(number, %error, "an order cannot be read and is left out: repair its body");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::*;

    /// A log that can be read.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_unreadable_order_is_logged_once_by_its_number() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let unreadable = UnreadableOrders::default();
        let body = r#"{"id":"0199f0a1-5c3e-4d17-9b20-6a7f1e2d3c4b","number":10451"#;
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..2 {
                assert!(unreadable.readable(read_body(10_451, body)).is_none());
            }
        });
        let text = String::from_utf8(log.0.lock().expect("the log").clone()).expect("text");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("number=10451") && !text.contains("0199f0a1"), "{text}");
    }
}
