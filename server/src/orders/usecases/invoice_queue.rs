//! Whether the invoice of a new order could be made soon. One that could not is refused before anything is recorded: its
//! customer would wait, and keep others waiting.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::refusal::RequestError;
use time::OffsetDateTime;

use crate::orders::{Outbox, to_internal_error};

/// The queue of invoices that are to be made, of all processes. Cheap to clone.
#[derive(Clone)]
pub(in crate::orders) struct InvoiceQueue {
    outbox: Outbox,
    /// `None`: without a limit.
    capacity: Option<usize>,
    /// Time in which so many are made.
    span: Duration,
    /// Orders of this process that are being recorded.
    entering: Arc<AtomicUsize>,
}

/// The place of an order that is being recorded.
pub(super) struct QueuePlace {
    entering: Arc<AtomicUsize>,
}

impl InvoiceQueue {
    pub fn new(outbox: Outbox, capacity: Option<usize>, span: Duration) -> Self {
        Self { outbox, capacity, span, entering: Arc::default() }
    }

    /// Takes a place for an order that is about to be recorded, until the place is dropped: then the order counts by its row.
    ///
    /// # Errors
    /// `Busy`; `Internal` when the database does not answer.
    pub(super) async fn enter(&self, now: OffsetDateTime) -> Result<QueuePlace, RequestError> {
        let before = self.entering.fetch_add(1, Ordering::SeqCst);
        let place = QueuePlace { entering: Arc::clone(&self.entering) };
        let Some(capacity) = self.capacity else { return Ok(place) };
        let waiting = self.outbox.count_waiting_invoices(now + self.span).await;
        let waiting = waiting.map_err(|error| to_internal_error(error.into()))?;
        if before + waiting >= capacity {
            metrics::counter!("kolonka_orders_refused_busy_total").increment(1);
            return Err(RequestError::Busy { retry_after_s: self.span.as_secs().max(1) });
        }
        Ok(place)
    }
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        self.entering.fetch_sub(1, Ordering::SeqCst);
    }
}
