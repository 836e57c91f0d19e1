//! Asking the stations for the pumps that open pages wait for.

use std::time::Duration;

use domain::id::{PumpNumber, StationId};
use tokio::task::JoinSet;

use crate::{orders::PumpBoard, station_link::StationCallError, workers::WorkerContext};

/// Time between two looks for pumps to ask.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Most asks under way.
const MAX_ASKS: usize = 128;
/// Most asks of one station under way, so that a slow one takes no place from others.
const MAX_ASKS_OF_STATION: usize = 2;
/// Asks, by answer.
const ASKS_METRIC: &str = "kolonka_pump_asks_total";

/// Asks for the pumps of orders that may be started and that somebody looks at in this process.
#[derive(Clone)]
pub(in crate::orders) struct AskPumps {
    pub board: PumpBoard,
}

/// Asks under way.
#[derive(Default)]
struct Asks {
    tasks: JoinSet<PumpKey>,
    under_way: Vec<PumpKey>,
}

type PumpKey = (StationId, PumpNumber);

impl AskPumps {
    /// Asks until the shutdown.
    pub async fn run(self, worker: WorkerContext) {
        for answer in ["free", "busy", "none"] {
            metrics::counter!(ASKS_METRIC, "answer" => answer).increment(0);
        }
        let mut asks = Asks::default();
        while worker.pause(POLL_INTERVAL).await.is_continue() {
            asks.forget_ended();
            for pump in self.board.due() {
                if asks.has_place_for(&pump) {
                    asks.begin(self.board.clone(), pump);
                }
            }
        }
    }
}

impl Asks {
    fn forget_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            match ended {
                Ok(pump) => self.under_way.retain(|asked| *asked != pump),
                Err(error) => tracing::error!(%error, "a pump could not be asked"),
            }
        }
        if self.tasks.is_empty() {
            // Also those whose task has panicked.
            self.under_way.clear();
        }
    }

    fn has_place_for(&self, pump: &PumpKey) -> bool {
        let of_station = self.under_way.iter().filter(|(station, _)| *station == pump.0).count();
        self.under_way.len() < MAX_ASKS && of_station < MAX_ASKS_OF_STATION && !self.under_way.contains(pump)
    }

    fn begin(&mut self, board: PumpBoard, pump: PumpKey) {
        self.under_way.push(pump.clone());
        self.tasks.spawn(async move {
            let answer = match board.refresh(&pump.0, pump.1).await {
                Ok(()) => "free",
                Err(StationCallError::Refused(_)) => "busy",
                Err(StationCallError::Unreached | StationCallError::Silent) => "none",
            };
            metrics::counter!(ASKS_METRIC, "answer" => answer).increment(1);
            pump
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_station_takes_no_place_from_others() {
        let pump = |station: &str, pump| (StationId(station.to_owned()), PumpNumber(pump));
        let mut asks = Asks::default();
        for number in 1..=2 {
            assert!(asks.has_place_for(&pump("slow", number)));
            asks.under_way.push(pump("slow", number));
        }
        assert!(!asks.has_place_for(&pump("slow", 3)));
        assert!(asks.has_place_for(&pump("other", 1)));
        asks.under_way.push(pump("other", 1));
        assert!(!asks.has_place_for(&pump("other", 1)), "one ask of a pump at a time");
        for station in 0..MAX_ASKS {
            asks.under_way.push(pump(&station.to_string(), 1));
        }
        assert!(!asks.has_place_for(&pump("one more", 1)));
    }
}
