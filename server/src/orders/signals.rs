//! Wakes the outbox workers when there is something to do.

use tokio::sync::Notify;

use super::outbox::Lane;

/// One signal for each lane.
#[derive(Default)]
pub struct WorkerSignals {
    invoicebox: Notify,
    station: Notify,
}

impl WorkerSignals {
    /// Wakes the workers of all lanes: callers need not know whose work it is.
    pub fn wake_all(&self) {
        self.invoicebox.notify_one();
        self.station.notify_one();
    }

    /// The signal of a lane.
    pub fn of(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Invoicebox => &self.invoicebox,
            Lane::Station => &self.station,
        }
    }
}
