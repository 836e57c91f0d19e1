//! Outcomes of a run and of its steps.

use std::fmt;

use super::shop_listing::ShopListing;
use crate::invoicebox::CallError;

/// Result for one shop.
#[derive(Debug)]
pub enum PublishOutcome {
    /// Created and described.
    Created { id: i64 },
    /// Described again. `renamed`: its title has changed too, which no call carries over.
    Updated { id: i64, renamed: bool },
    /// The description was the same already.
    Unchanged { id: i64, renamed: bool },
    /// It exists, but could not be described; the next run tries again.
    NotDescribed { id: i64, created: bool, error: CallError },
    /// Certainly not created; the next run tries again.
    NotCreated(CallError),
    /// Asked for, and the answer was lost: it may exist.
    Lost(CallError),
    /// The same, in a run before this one, or in one beside it.
    Undecided,
    /// Cannot be a shop as it is.
    Failed(String),
}

impl PublishOutcome {
    /// The shop's number, where there is one.
    #[must_use]
    pub fn shop_id(&self) -> Option<i64> {
        match self {
            Self::Created { id }
            | Self::Updated { id, .. }
            | Self::Unchanged { id, .. }
            | Self::NotDescribed { id, .. } => Some(*id),
            Self::NotCreated(_) | Self::Lost(_) | Self::Undecided | Self::Failed(_) => None,
        }
    }

    /// Whether it ends the run at once: the credentials are wrong, for every shop.
    pub(super) fn aborts_run(&self) -> bool {
        matches!(self.error(), Some(CallError::Unauthorized { .. }))
    }

    /// Whether it counts towards ending the run: the fault is not in the request, so the others may fail as well.
    pub(super) fn counts_towards_abort(&self) -> bool {
        self.error().is_some_and(|error| !error.is_definite())
    }

    fn error(&self) -> Option<&CallError> {
        match self {
            Self::NotDescribed { error, .. } | Self::NotCreated(error) | Self::Lost(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for PublishOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renamed = |renamed: &bool| {
            if *renamed {
                "; its title has changed, which only support of Invoicebox can carry over"
            } else {
                ""
            }
        };
        match self {
            Self::Created { id } => write!(f, "created, shop {id}"),
            Self::Updated { id, renamed: name } => write!(f, "updated, shop {id}{}", renamed(name)),
            Self::Unchanged { id, renamed: name } => write!(f, "unchanged, shop {id}{}", renamed(name)),
            Self::NotDescribed { id, created: true, error } => {
                write!(f, "created, but not described, shop {id}: {error}")
            }
            Self::NotDescribed { id, error, .. } => write!(f, "not updated, shop {id}: {error}"),
            Self::NotCreated(error) => write!(f, "not created: {error}"),
            Self::Lost(error) => write!(f, "may have been created, the answer was lost: {error}"),
            Self::Undecided => {
                f.write_str("may have been created by an earlier run that did not receive the answer")
            }
            Self::Failed(problem) => f.write_str(problem),
        }
    }
}

/// One step of a run, for the eye: `[ 3/46] sever-12 «АЗС «Север» № 12»: created, shop 4711`.
pub struct PublishStep<'a> {
    /// From 1.
    pub position: usize,
    pub total: usize,
    pub listing: &'a ShopListing,
    pub outcome: &'a PublishOutcome,
}

impl fmt::Display for PublishStep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, total, listing, outcome } = self;
        let width = total.to_string().len();
        write!(f, "[{position:>width$}/{total}] {} ({}): {outcome}", listing.name, listing.title)
    }
}

/// Counts of a run's results.
#[derive(Debug, Default)]
pub struct PublishReport {
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    /// Shops of which it is unknown whether they exist.
    pub undecided: usize,
    pub failed: usize,
    /// Shops that were not tried, since the run was given up.
    pub left: usize,
}

impl PublishReport {
    pub(super) fn count(&mut self, outcome: PublishOutcome) {
        let counter = match outcome {
            PublishOutcome::Created { .. } => &mut self.created,
            PublishOutcome::Updated { .. } => &mut self.updated,
            PublishOutcome::Unchanged { .. } => &mut self.unchanged,
            PublishOutcome::Lost(_) | PublishOutcome::Undecided => &mut self.undecided,
            PublishOutcome::NotDescribed { .. }
            | PublishOutcome::NotCreated(_)
            | PublishOutcome::Failed(_) => &mut self.failed,
        };
        *counter += 1;
    }

    /// Whether every shop is as intended.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.undecided + self.failed + self.left == 0
    }
}

impl fmt::Display for PublishReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, updated, unchanged, undecided, failed, left } = self;
        writeln!(
            f,
            "created {created}, updated {updated}, unchanged {unchanged}, undecided {undecided}, failed {failed}"
        )?;
        if *left > 0 {
            writeln!(f, "given up with {left} to go: run it again when Invoicebox answers")?;
        }
        if *undecided > 0 {
            writeln!(
                f,
                "Invoicebox cannot be asked which shops exist. Look for the undecided ones in the merchant office, then run \
                 again with --is NAME=SHOP for each that is there and --is-not NAME for each that is not."
            )?;
        }
        Ok(())
    }
}
