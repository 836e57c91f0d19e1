//! The pumps that one open page waits for.

use domain::{fuel::FuelId, id::StationId, order::Order, quote::Line};
use tokio::sync::watch;

use super::board::PumpBoard;

/// A page's interest in the pumps of its order. It ends when this is dropped.
pub struct WatchedPumps {
    board: PumpBoard,
    watching: Option<Watching>,
}

struct Watching {
    station: StationId,
    fuel: FuelId,
    changed: watch::Receiver<()>,
}

impl WatchedPumps {
    /// Watches the pumps of an order for a page, which names it by [`WatchedPumps::follow`].
    #[must_use]
    pub fn new(board: PumpBoard) -> Self {
        Self { board, watching: None }
    }

    /// Waits for the pumps of an order while it may be started, and for none otherwise.
    pub fn follow(&mut self, order: &Order) {
        let fuel = order.fuel_line().and_then(Line::fuel);
        let fuel = fuel.filter(|_| order.is_startable(self.board.clock.now()) && self.board.asks_pumps());
        if self.watching.as_ref().map(|watching| watching.fuel) == fuel {
            return;
        }
        self.stop();
        self.watching = fuel.map(|fuel| {
            let station = order.station.id.clone();
            let changed = self.board.answers().add_page(&station, fuel);
            Watching { station, fuel, changed }
        });
    }

    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.watching.is_some()
    }

    /// Waits until the station has said something else of one of its pumps; for ever while none is waited for.
    pub async fn changed(&mut self) {
        if let Some(watching) = &mut self.watching
            && watching.changed.changed().await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }

    fn stop(&mut self) {
        if let Some(Watching { station, fuel, .. }) = self.watching.take() {
            self.board.answers().remove_page(&station, fuel);
        }
    }
}

impl Drop for WatchedPumps {
    fn drop(&mut self) {
        self.stop();
    }
}
