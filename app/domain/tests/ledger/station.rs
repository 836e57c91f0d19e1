//! A model of a station: its pumps' releases, and the fuel that really came out under each.

use std::collections::BTreeMap;

use domain::{
    order::machine::{RefusalKind, StationReport},
    quantity::Centi,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A nozzle that is lifted gives fuel.
    Released,
    Fuelling,
    Ended,
}

pub struct PumpRelease {
    pub usage: Use,
    /// Hundredths of a litre that came out.
    pub given: i64,
}

#[derive(Default)]
pub struct Station {
    pub releases: BTreeMap<u32, PumpRelease>,
    /// Callbacks that have not arrived.
    pub callbacks: Vec<(u32, StationReport)>,
    /// Callbacks that have, and may come again.
    pub delivered: Vec<(u32, StationReport)>,
    /// The most that a fuelling gives.
    pub ordered: i64,
    /// What came out before anybody had started a pump.
    pub unasked: i64,
}

impl Station {
    /// Releases a pump. No other may be usable.
    pub fn release(&mut self, number: u32) {
        let usable = self.releases.iter().find(|(_, release)| release.usage != Use::Ended);
        assert!(usable.is_none(), "release {number} beside {:?}", usable.map(|(number, _)| number));
        let known = self.releases.insert(number, PumpRelease { usage: Use::Released, given: 0 });
        assert!(known.is_none(), "release {number} is sent twice");
    }

    pub fn usage(&self, number: u32) -> Option<Use> {
        self.releases.get(&number).map(|release| release.usage)
    }

    pub fn given(&self) -> i64 {
        self.unasked + self.releases.values().map(|release| release.given).sum::<i64>()
    }

    fn report(&mut self, number: u32, report: StationReport) {
        self.callbacks.push((number, report));
    }

    /// Something happens at the pump that is in use.
    pub fn act(&mut self, action: Action, volume: i64) {
        let Some((&number, release)) = self.releases.iter_mut().next_back() else { return };
        let flows = release.usage == Use::Fuelling;
        if release.usage == Use::Ended {
            return;
        }
        let report = match action {
            Action::Accept => StationReport::Accepted,
            Action::Cancel => {
                release.usage = Use::Ended;
                StationReport::Refused { reason: String::new(), kind: RefusalKind::Callback }
            }
            Action::Fuel => {
                release.usage = Use::Fuelling;
                release.given = (release.given + volume).min(self.ordered);
                StationReport::Volume(Centi::new(release.given))
            }
            // Also of nothing, while the nozzle was never lifted.
            Action::Finish => {
                release.usage = Use::Ended;
                StationReport::Dispensed(Centi::new(release.given))
            }
            Action::FinishUnreadably if flows => {
                release.usage = Use::Ended;
                StationReport::DispensedUnreadable { text: "??".to_owned() }
            }
            // An end of nothing after fuel has flowed.
            Action::FinishWithZero if flows => {
                release.usage = Use::Ended;
                StationReport::Dispensed(Centi::ZERO)
            }
            Action::FinishUnreadably | Action::FinishWithZero => return,
        };
        self.report(number, report);
    }

    /// A station at fault: fuel comes out under a release that it had ended.
    pub fn give_after_end(&mut self, index: usize, volume: i64, reads_meter: bool) {
        let ended = self.releases.iter_mut().filter(|(_, release)| release.usage == Use::Ended);
        let ended: Vec<_> = ended.collect();
        let count = ended.len().max(1);
        let Some((&number, release)) = ended.into_iter().nth(index % count) else { return };
        release.given += volume;
        let given = Centi::new(release.given);
        if reads_meter {
            self.report(number, StationReport::Volume(given));
        }
        self.report(number, StationReport::Dispensed(given));
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Action {
    Accept,
    Cancel,
    Fuel,
    Finish,
    FinishUnreadably,
    FinishWithZero,
}
