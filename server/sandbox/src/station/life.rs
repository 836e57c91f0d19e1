//! What happens at a pump once an order is taken: the station asks, pours, reports. Its faults are here.

use std::{sync::Arc, time::Duration};

use domain::quantity::Centi;

use super::{
    Inner,
    book::{Entry, Phase},
    caller::Line,
    fault::Fault,
};

/// Pauses of a pleasant demonstration.
const ACCEPT: Duration = Duration::from_millis(700);
const LIFT: Duration = Duration::from_millis(1500);
const REPORT: Duration = Duration::from_millis(400);
const REPORTS: i64 = 12;

/// One order at its pump.
pub struct Life {
    station: Arc<Inner>,
    entry: Entry,
    line: Line,
}

impl Life {
    /// Begins to serve an order that stands in the book. `None` for an order of nobody.
    pub fn of(station: &Arc<Inner>, entry: Entry) -> Option<Self> {
        let line = Line {
            station: Arc::clone(station),
            partner: station.partner(&entry.partner)?,
            id: entry.id.clone(),
            twice: entry.fault == Fault::Duplicate,
        };
        Some(Self { station: Arc::clone(station), entry, line })
    }

    /// The whole life, up to the shutdown.
    pub async fn live(self) {
        let over = self.station.shutdown.clone();
        tokio::select! {
            () = self.serve() => {}
            () = over.cancelled() => {}
        }
    }

    async fn serve(&self) {
        let fault = self.entry.fault;
        if self.entry.phase == Phase::Waiting {
            self.pause(if fault == Fault::Late { ACCEPT * 10 } else { ACCEPT }).await;
            if fault == Fault::Refuse {
                return self.call_off("колонка неисправна").await;
            }
            if self.is_called_off() {
                return self.after_cancel().await;
            }
            if !self.line.may("accept").await {
                return self.call_off("заказ не подтверждён").await;
            }
            self.pause(LIFT).await;
            if !self.lift() {
                return self.after_cancel().await;
            }
        }
        self.pour(fault).await;
    }

    async fn pour(&self, fault: Fault) {
        let ordered = self.entry.ordered;
        let volume = match fault {
            Fault::Zero => Centi::ZERO,
            Fault::Partial => Centi::new(ordered.get() / 2),
            // The tank takes seven tenths of what its driver thought.
            _ if self.entry.full_tank => Centi::new(ordered.get() * 7 / 10),
            _ => ordered,
        };
        if volume > Centi::ZERO {
            if !self.line.may("fueling").await {
                return self.call_off("заказ не подтверждён").await;
            }
            for report in 1..REPORTS {
                self.pause(REPORT).await;
                let poured = Centi::new(volume.get() * report / REPORTS);
                self.change(|entry| entry.poured = poured);
                self.line.volume(poured).await;
            }
        }
        self.pause(REPORT).await;
        if fault == Fault::CompletedAfterCancel {
            self.line.canceled("сбой связи с колонкой").await;
            self.pause(REPORT).await;
        }
        self.complete(volume).await;
    }

    /// The customer lifts the nozzle, unless the release was taken back.
    fn lift(&self) -> bool {
        self.station.with_book(|book| match book.get_mut(&self.entry.partner, &self.entry.id) {
            Some(entry) if entry.phase == Phase::Waiting => {
                entry.phase = Phase::Flowing;
                entry.released += 1;
                true
            }
            _ => false,
        })
    }

    /// A pump that was told to call off stands still, save for one.
    async fn after_cancel(&self) {
        if self.entry.fault == Fault::CompletedAfterCancel {
            self.pause(REPORT).await;
            self.line.completed(&self.entry, self.entry.ordered).await;
        }
    }

    async fn complete(&self, volume: Centi) {
        self.change(|entry| (entry.phase, entry.poured) = (Phase::Completed, volume));
        self.line.completed(&self.entry, volume).await;
    }

    async fn call_off(&self, reason: &str) {
        self.change(|entry| entry.phase = Phase::Canceled);
        self.line.canceled(reason).await;
    }

    fn is_called_off(&self) -> bool {
        let canceled = |entry: &Entry| entry.phase == Phase::Canceled;
        self.station.with_book(|book| book.get(&self.entry.partner, &self.entry.id).is_none_or(canceled))
    }

    fn change(&self, change: impl FnOnce(&mut Entry)) {
        self.station.with_book(|book| book.get_mut(&self.entry.partner, &self.entry.id).map(change));
    }

    async fn pause(&self, span: Duration) {
        self.station.clock.sleep(span / self.station.speed).await;
    }
}
