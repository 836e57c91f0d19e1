//! Wakes the outbox workers when there is something to do.

use tokio::sync::Notify;

use super::outbox::Lane;

/// One bell for each lane.
#[derive(Default)]
pub(super) struct Wake {
    invoicebox: Notify,
    station: Notify,
}

impl Wake {
    /// Rings all bells: whoever rings need not know whose work it is.
    pub fn notify_one(&self) {
        self.invoicebox.notify_one();
        self.station.notify_one();
    }

    /// The bell of a lane.
    pub fn of(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Invoicebox => &self.invoicebox,
            Lane::Station => &self.station,
        }
    }
}
