//! Several tries of one row, one after the other: none keeps the next one waiting.

use std::sync::Arc;

use domain::{id::OrderId, order::machine::Event};

use super::attempt::Attempt;
use crate::orders::{OrderChanges, StoreError};

/// What several tries of a row have come to.
pub(super) struct Tries<'a> {
    changes: &'a Arc<OrderChanges>,
    order: OrderId,
    /// The last event, which may strike the row.
    learned: Option<Event>,
    /// The first try that is not finished: the row goes on.
    open: Option<Attempt>,
}

impl<'a> Tries<'a> {
    pub fn new(changes: &'a Arc<OrderChanges>, order: OrderId) -> Self {
        Self { changes, order, learned: None, open: None }
    }

    /// Adds the result of one try. What was learned before it is applied.
    pub async fn add(&mut self, attempt: Attempt) -> Result<(), StoreError> {
        match attempt {
            Attempt::Done => {}
            Attempt::Learned(event) => {
                if let Some(before) = self.learned.replace(event) {
                    self.changes.apply_within_effect(self.order, before).await?;
                }
            }
            // A failure says more than a pause.
            retry @ Attempt::Retry { .. } if !matches!(self.open, Some(Attempt::Retry { .. })) => {
                self.open = Some(retry);
            }
            Attempt::Retry { .. } => {}
            wait @ Attempt::Wait { .. } => self.open = self.open.take().or(Some(wait)),
        }
        Ok(())
    }

    /// The result of the row: done when all are.
    pub async fn finish(self) -> Result<Attempt, StoreError> {
        match (self.open, self.learned) {
            (Some(open), Some(event)) => {
                self.changes.apply_within_effect(self.order, event).await?;
                Ok(open)
            }
            (Some(open), None) => Ok(open),
            (None, Some(event)) => Ok(Attempt::Learned(event)),
            (None, None) => Ok(Attempt::Done),
        }
    }
}
