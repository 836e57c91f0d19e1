//! Faults of the simulated station, on request.

use std::collections::HashMap;

/// A fault, which lasts until it is set otherwise. An order keeps the fault under which it was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StationFault {
    #[default]
    None,
    /// Takes the paid order and cancels it with a reason.
    Refuse,
    /// Answers that the pump is taken.
    Busy,
    /// Refuses the order: its price is another.
    Price,
    /// Dispenses half of what was paid.
    Partial,
    /// The nozzle was hung up without a drop.
    Zero,
    /// Answers nothing at all, and takes nothing.
    Silence,
    /// Accepts late: after ten times the usual pause.
    Late,
    /// Reports everything twice.
    Duplicate,
    /// Cancels while fuel flows and reports the end all the same; also after it was asked to cancel.
    CompletedAfterCancel,
    /// Takes the order and fails over the answer.
    AnswerLost,
    /// Fails before it takes the order.
    OrderLost,
}

impl StationFault {
    /// Every fault, as the page lists them.
    pub const ALL: [Self; 12] = [
        Self::None,
        Self::Refuse,
        Self::Busy,
        Self::Price,
        Self::Partial,
        Self::Zero,
        Self::Silence,
        Self::Late,
        Self::Duplicate,
        Self::CompletedAfterCancel,
        Self::AnswerLost,
        Self::OrderLost,
    ];

    /// The name in the sandbox's control API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Refuse => "refuse",
            Self::Busy => "busy",
            Self::Price => "price",
            Self::Partial => "partial",
            Self::Zero => "zero",
            Self::Silence => "silence",
            Self::Late => "late",
            Self::Duplicate => "duplicate",
            Self::CompletedAfterCancel => "completed_after_cancel",
            Self::AnswerLost => "answer_lost",
            Self::OrderLost => "order_lost",
        }
    }

    /// Label for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "всё хорошо",
            Self::Refuse => "отказ после оплаты",
            Self::Busy => "колонка занята",
            Self::Price => "другая цена",
            Self::Partial => "налита половина",
            Self::Zero => "ничего не налито",
            Self::Silence => "молчание",
            Self::Late => "поздний ответ",
            Self::Duplicate => "всё дважды",
            Self::CompletedAfterCancel => "завершение после отмены",
            Self::AnswerLost => "ответ потерян",
            Self::OrderLost => "заказ потерян",
        }
    }

    /// Reads a name; exact.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

/// A pump of a station, as the calls name it.
pub type PumpKey = (String, u16);

/// The faults by pump. The fault of a single pump takes precedence over that of all.
#[derive(Debug, Default)]
pub struct FaultPlan {
    everywhere: StationFault,
    pumps: HashMap<PumpKey, StationFault>,
}

impl FaultPlan {
    /// Sets the fault of all pumps; those of single pumps are forgotten.
    pub fn set_everywhere(&mut self, fault: StationFault) {
        self.everywhere = fault;
        self.pumps.clear();
    }

    pub fn set(&mut self, pump: PumpKey, fault: StationFault) {
        self.pumps.insert(pump, fault);
    }

    #[must_use]
    pub fn at(&self, pump: &PumpKey) -> StationFault {
        self.pumps.get(pump).copied().unwrap_or(self.everywhere)
    }

    #[must_use]
    pub fn everywhere(&self) -> StationFault {
        self.everywhere
    }

    /// Pumps with a fault of their own.
    pub fn pumps(&self) -> impl Iterator<Item = (&PumpKey, StationFault)> {
        self.pumps.iter().map(|(pump, fault)| (pump, *fault))
    }
}
