//! Faults of the simulated station, on request.

use std::collections::{HashMap, VecDeque};

/// A fault, which lasts until it is set otherwise, or strikes once. A release keeps the fault under which it was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StationFault {
    #[default]
    None,
    /// Answers that the pump is taken, to a ping and to a release.
    Busy,
    /// Answers to a ping that the pump is taken, and takes a release all the same.
    PingRefused,
    /// Answers a release with a refusal and its reason, and takes nothing.
    ReleaseRefused,
    /// Refuses the release (402): its price is another.
    Price,
    /// Answers nothing at all, and takes nothing.
    Silence,
    /// Answers pings, but not the release, which it does not take.
    ReleaseHangs,
    /// Fails before it takes the release.
    OrderLost,
    /// Takes the release and fails over the answer (500).
    AnswerLost,
    /// Takes the release and answers 503, as a proxy before the station does.
    Answer503,
    /// Takes the release, carries it out, and never answers.
    AnswerHangs,
    /// Takes the paid order and cancels it with a reason instead of accepting it.
    Refuse,
    /// Accepts, and cancels with a reason before fuel flows.
    CancelBeforeFuel,
    /// Takes the release, and reports nothing about it.
    ReleaseSilent,
    /// Accepts late: after ten times the usual pause.
    Late,
    /// Accepts; the nozzle is never lifted.
    NozzleNotLifted,
    /// Dispenses half of what was paid.
    Partial,
    /// The nozzle was hung up without a drop.
    Zero,
    /// Reports everything twice.
    Duplicate,
    /// Cancels after half of the fuel has flowed, and reports nothing more.
    CancelAfterFuel,
    /// Cancels while fuel flows and reports the end all the same; also after it was asked to cancel.
    CompletedAfterCancel,
    /// Reports readings of the meter, and an end with nothing.
    ZeroAfterMeter,
    /// Reports an end whose volume cannot be read.
    VolumeUnreadable,
    /// Refuses the withdrawal although the nozzle hangs. While fuel flows every withdrawal is refused.
    WithdrawalRefused,
    /// Withdraws the release, fails over the answer, and does not know the release afterwards.
    WithdrawalAnswerLost,
    /// Accepts after the release was withdrawn, and only then.
    AcceptAfterWithdrawal,
    /// Cancels before fuel flows; later fuel flows all the same.
    FuelAfterCancel,
    /// Fuel flows after the release was withdrawn.
    FuelAfterWithdrawal,
}

/// The part of a release in which a fault strikes, as the page groups them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultMoment {
    Request,
    Waiting,
    Flow,
    Withdrawal,
    Ended,
}

impl FaultMoment {
    pub const ALL: [Self; 5] = [Self::Request, Self::Waiting, Self::Flow, Self::Withdrawal, Self::Ended];

    /// Label for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Request => "Колонку опрашивают и просят включить",
            Self::Waiting => "Пуск принят, топливо ещё не пошло",
            Self::Flow => "Налив и его конец",
            Self::Withdrawal => "Пуск отзывают",
            Self::Ended => "После конца пуска",
        }
    }
}

impl StationFault {
    /// Every fault, as the page lists them.
    pub const ALL: [Self; 28] = [
        Self::None,
        Self::Busy,
        Self::PingRefused,
        Self::ReleaseRefused,
        Self::Price,
        Self::Silence,
        Self::ReleaseHangs,
        Self::OrderLost,
        Self::AnswerLost,
        Self::Answer503,
        Self::AnswerHangs,
        Self::Refuse,
        Self::CancelBeforeFuel,
        Self::ReleaseSilent,
        Self::Late,
        Self::NozzleNotLifted,
        Self::Partial,
        Self::Zero,
        Self::Duplicate,
        Self::CancelAfterFuel,
        Self::CompletedAfterCancel,
        Self::ZeroAfterMeter,
        Self::VolumeUnreadable,
        Self::WithdrawalRefused,
        Self::WithdrawalAnswerLost,
        Self::AcceptAfterWithdrawal,
        Self::FuelAfterCancel,
        Self::FuelAfterWithdrawal,
    ];

    /// The name in the sandbox's control API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.description().0
    }

    /// Label for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.description().1
    }

    /// `None` for no fault.
    #[must_use]
    pub fn moment(self) -> Option<FaultMoment> {
        self.description().2
    }

    /// Name, label, moment.
    fn description(self) -> (&'static str, &'static str, Option<FaultMoment>) {
        use FaultMoment::{Ended, Flow, Request, Waiting, Withdrawal};
        let (name, label, moment) = match self {
            Self::None => return ("none", "всё хорошо", None),
            Self::Busy => ("busy", "колонка занята", Request),
            Self::PingRefused => ("ping_refused", "на опрос «занята», а пуск берёт", Request),
            Self::ReleaseRefused => ("release_refused", "отказ в пуске с причиной", Request),
            Self::Price => ("price", "другая цена", Request),
            Self::Silence => ("silence", "молчание", Request),
            Self::ReleaseHangs => ("release_hangs", "пуск не взят, ответа нет", Request),
            Self::OrderLost => ("order_lost", "заказ потерян", Request),
            Self::AnswerLost => ("answer_lost", "ответ потерян", Request),
            Self::Answer503 => ("answer_503", "пуск взят, ответ 503", Request),
            Self::AnswerHangs => ("answer_hangs", "пуск взят, ответа нет", Request),
            Self::Refuse => ("refuse", "отказ после оплаты", Waiting),
            Self::CancelBeforeFuel => ("cancel_before_fuel", "принят и отменён до налива", Waiting),
            Self::ReleaseSilent => ("release_silent", "пуск взят, и ни слова больше", Waiting),
            Self::Late => ("late", "поздний ответ", Waiting),
            Self::NozzleNotLifted => ("nozzle_not_lifted", "пистолет не снят", Waiting),
            Self::Partial => ("partial", "налита половина", Flow),
            Self::Zero => ("zero", "ничего не налито", Flow),
            Self::Duplicate => ("duplicate", "всё дважды", Flow),
            Self::CancelAfterFuel => ("cancel_after_fuel", "отмена посреди налива, итога нет", Flow),
            Self::CompletedAfterCancel => ("completed_after_cancel", "завершение после отмены", Flow),
            Self::ZeroAfterMeter => ("zero_after_meter", "счётчик шёл, а итог 0", Flow),
            Self::VolumeUnreadable => ("volume_unreadable", "объём в итоге не прочесть", Flow),
            Self::WithdrawalRefused => ("withdrawal_refused", "отзыв не принят, налива нет", Withdrawal),
            Self::WithdrawalAnswerLost => {
                ("withdrawal_answer_lost", "отозван, ответ потерян, потом «нет такого»", Withdrawal)
            }
            Self::AcceptAfterWithdrawal => ("accept_after_withdrawal", "принят уже после отзыва", Ended),
            Self::FuelAfterCancel => ("fuel_after_cancel", "сама отменила, а топливо пошло", Ended),
            Self::FuelAfterWithdrawal => ("fuel_after_withdrawal", "отозван, а топливо пошло", Ended),
        };
        (name, label, Some(moment))
    }

    /// Reads a name; exact.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// Whether the fault changes what happens at this call or follows from it.
    fn strikes_at(self, call: StationCall) -> bool {
        match call {
            StationCall::Ping => matches!(self, Self::Busy | Self::PingRefused | Self::Silence),
            StationCall::Release => self != Self::PingRefused,
            StationCall::Withdrawal => self.moment() == Some(FaultMoment::Withdrawal),
        }
    }
}

/// A call of the partner at which a fault may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationCall {
    Ping,
    Release,
    Withdrawal,
}

/// A pump of a station, as the calls name it.
pub type PumpKey = (String, u16);

/// A fault that strikes once: at the next call that it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedFault {
    /// `None`: at any pump.
    pub pump: Option<PumpKey>,
    pub fault: StationFault,
}

/// The faults by pump. One that strikes once takes precedence over the lasting ones, and that of a single pump over that
/// of all.
#[derive(Debug, Default)]
pub struct FaultPlan {
    everywhere: StationFault,
    pumps: HashMap<PumpKey, StationFault>,
    /// Oldest first.
    queued: VecDeque<QueuedFault>,
}

impl FaultPlan {
    /// Sets the fault of all pumps; those of single pumps and the queued ones are forgotten.
    pub fn set_everywhere(&mut self, fault: StationFault) {
        *self = Self { everywhere: fault, ..Self::default() };
    }

    pub fn set(&mut self, pump: PumpKey, fault: StationFault) {
        self.pumps.insert(pump, fault);
    }

    /// Lets a fault strike once, after those that were queued before. No fault: that call goes well.
    pub fn queue(&mut self, queued: QueuedFault) {
        self.queued.push_back(queued);
    }

    /// The lasting fault of a pump.
    #[must_use]
    pub fn at(&self, pump: &PumpKey) -> StationFault {
        self.pumps.get(pump).copied().unwrap_or(self.everywhere)
    }

    /// The fault of a call. One that strikes once is used up by it.
    pub fn take(&mut self, call: StationCall, pump: &PumpKey) -> StationFault {
        let concerns = |queued: &QueuedFault| {
            queued.fault.strikes_at(call) && queued.pump.as_ref().is_none_or(|it| it == pump)
        };
        let queued = self.queued.iter().position(concerns).and_then(|at| self.queued.remove(at));
        queued.map_or_else(|| self.at(pump), |queued| queued.fault)
    }

    #[must_use]
    pub fn everywhere(&self) -> StationFault {
        self.everywhere
    }

    /// Pumps with a lasting fault of their own.
    pub fn pumps(&self) -> impl Iterator<Item = (&PumpKey, StationFault)> {
        self.pumps.iter().map(|(pump, fault)| (pump, *fault))
    }

    /// Faults that have not struck yet.
    pub fn queued(&self) -> impl Iterator<Item = &QueuedFault> {
        self.queued.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pump(number: u16) -> PumpKey {
        ("sever-12".to_owned(), number)
    }

    #[test]
    fn every_fault_has_a_name_and_a_label_of_its_own() {
        for (index, fault) in StationFault::ALL.into_iter().enumerate() {
            assert_eq!(StationFault::parse(fault.name()), Some(fault));
            let others = &StationFault::ALL[index + 1..];
            assert!(others.iter().all(|other| other.label() != fault.label()), "{}", fault.label());
        }
    }

    #[test]
    fn a_queued_fault_strikes_once_and_in_its_turn() {
        let mut plan = FaultPlan::default();
        plan.set_everywhere(StationFault::Partial);
        for (pump, fault) in [
            (Some(pump(4)), StationFault::ReleaseRefused),
            (None, StationFault::Zero),
            (Some(pump(4)), StationFault::None),
        ] {
            plan.queue(QueuedFault { pump, fault });
        }
        assert_eq!(plan.take(StationCall::Ping, &pump(4)), StationFault::Partial, "neither is of a ping");
        assert_eq!(plan.take(StationCall::Release, &pump(3)), StationFault::Zero);
        assert_eq!(plan.take(StationCall::Release, &pump(4)), StationFault::ReleaseRefused);
        assert_eq!(plan.take(StationCall::Release, &pump(3)), StationFault::Partial);
        assert_eq!(plan.take(StationCall::Release, &pump(4)), StationFault::None, "one good turn");
        assert_eq!(plan.take(StationCall::Release, &pump(4)), StationFault::Partial);
        assert_eq!(plan.queued().count(), 0);
    }

    #[test]
    fn a_withdrawal_uses_up_no_fault_of_a_release() {
        let mut plan = FaultPlan::default();
        plan.queue(QueuedFault { pump: None, fault: StationFault::Zero });
        plan.queue(QueuedFault { pump: None, fault: StationFault::WithdrawalRefused });
        assert_eq!(plan.take(StationCall::Withdrawal, &pump(4)), StationFault::WithdrawalRefused);
        assert_eq!(plan.take(StationCall::Withdrawal, &pump(4)), StationFault::None);
        assert_eq!(plan.take(StationCall::Release, &pump(4)), StationFault::Zero);
    }
}
