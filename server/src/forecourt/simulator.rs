//! The simulated station of the sandbox: accepts, fuels and finishes before the customer's eyes, or fails by script.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    id::{OrderId, PumpNumber, StationId},
    order::{Order, Status, machine::Event},
    quantity::Centi,
};

use super::{Events, Forecourt, Trouble};
use crate::clock::Clock;

/// What goes wrong at the station, until it is set otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Says no to the paid order.
    Refuse,
    /// Says that the pump is taken, before the payment.
    Busy,
    /// Answers nothing at all.
    Silence,
    /// Accepts late: after ten times the usual pause.
    Late,
    /// Reports the end twice.
    Duplicate,
    /// Dispenses half of what was paid.
    Partial,
    /// The nozzle was hung up without a drop.
    Zero,
}

impl Fault {
    /// The name in the sandbox's control API.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "refuse" => Self::Refuse,
            "busy" => Self::Busy,
            "silence" => Self::Silence,
            "late" => Self::Late,
            "duplicate" => Self::Duplicate,
            "partial" => Self::Partial,
            "zero" => Self::Zero,
            _ => return None,
        })
    }
}

/// How far a running order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The nozzle hangs; the release can be taken back.
    Waiting,
    Flowing,
}

/// Pauses of a pleasant demonstration.
const ACCEPT: Duration = Duration::from_millis(700);
const LIFT: Duration = Duration::from_millis(1500);
const REPORT: Duration = Duration::from_millis(400);
const REPORTS: i64 = 12;
const HAND_OVER: Duration = Duration::from_secs(4);

/// One station for all pumps of the sandbox. Clones share their state.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    events: Events,
    clock: Clock,
    /// How many times faster than for the eye.
    speed: u32,
    fault: Mutex<Fault>,
    /// Orders already running: a repeated request does not start the pump twice, and a release that was taken back
    /// ends here.
    running: Mutex<HashMap<OrderId, Phase>>,
    /// Orders it was given before, also those that have ended: none is released twice.
    known: Mutex<HashSet<OrderId>>,
}

impl Simulator {
    #[must_use]
    pub fn new(events: Events, clock: Clock, speed: u32) -> Self {
        let inner = Inner {
            events,
            clock,
            speed: speed.max(1),
            fault: Mutex::default(),
            running: Mutex::default(),
            known: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Sets what goes wrong from now on.
    pub fn set_fault(&self, fault: Fault) {
        *self.inner.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    #[must_use]
    pub fn fault(&self) -> Fault {
        *self.inner.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on with an order that was running when the process stopped.
    pub fn resume(&self, order: &Order) {
        self.inner.is_new(order.id);
        match order.status {
            Status::Authorising | Status::Ready | Status::Fuelling
                if order.fuel_line().is_some() && order.pump.is_some() =>
            {
                self.start(order);
            }
            Status::Ready if order.fuel_line().is_none() => self.hand_over(order.id),
            _ => {}
        }
    }

    fn start(&self, order: &Order) {
        let Some(line) = order.fuel_line() else { return };
        let (id, ordered, fault) = (order.id, line.quantity, self.fault());
        let flowing = order.status == Status::Fuelling;
        let phase = if flowing { Phase::Flowing } else { Phase::Waiting };
        match self.inner.running().entry(id) {
            Entry::Occupied(_) => return,
            Entry::Vacant(free) => free.insert(phase),
        };
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            inner.fuel(id, ordered, fault).await;
            inner.running().remove(&id);
        });
    }

    fn hand_over(&self, id: OrderId) {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            inner.pause(HAND_OVER).await;
            inner.say(id, Event::HandedOver).await;
        });
    }
}

impl Inner {
    async fn fuel(&self, id: OrderId, ordered: Centi, fault: Fault) {
        self.pause(if fault == Fault::Late { ACCEPT * 10 } else { ACCEPT }).await;
        match fault {
            Fault::Silence => return,
            Fault::Refuse => {
                let reason = "колонка неисправна".to_owned();
                return self.say(id, Event::StationRefused { reason }).await;
            }
            _ if !self.running().contains_key(&id) => return,
            _ => self.say(id, Event::StationAccepted).await,
        }
        self.pause(LIFT).await;
        if !self.lift(id) {
            return;
        }
        let volume = match fault {
            Fault::Zero => Centi::ZERO,
            Fault::Partial => Centi::new(ordered.get() / 2),
            _ => ordered,
        };
        if volume > Centi::ZERO {
            self.say(id, Event::FuellingStarted).await;
            for report in 1..REPORTS {
                self.pause(REPORT).await;
                self.say(id, Event::Volume(Centi::new(volume.get() * report / REPORTS))).await;
            }
        }
        self.pause(REPORT).await;
        self.say(id, Event::Dispensed(volume)).await;
        if fault == Fault::Duplicate {
            self.say(id, Event::Dispensed(volume)).await;
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<OrderId, Phase>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The customer lifts the nozzle, unless the release was taken back.
    fn lift(&self, id: OrderId) -> bool {
        self.running().get_mut(&id).map(|phase| *phase = Phase::Flowing).is_some()
    }

    /// Remembers an order; `false` when it was known.
    fn is_new(&self, id: OrderId) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
    }

    async fn pause(&self, span: Duration) {
        self.clock.sleep(span / self.speed).await;
    }

    /// The receiver is gone only when the process stops.
    async fn say(&self, id: OrderId, event: Event) {
        let _ = self.events.send((id, event)).await;
    }
}

#[async_trait]
impl Forecourt for Simulator {
    async fn ping(&self, _: &StationId, _: PumpNumber) -> Result<(), Trouble> {
        match self.fault() {
            Fault::Busy => Err(Trouble::Refused("колонка занята".to_owned())),
            Fault::Silence => Err(Trouble::Silent),
            _ => Ok(()),
        }
    }

    async fn authorise(&self, order: &Order) -> Result<(), Trouble> {
        if self.inner.is_new(order.id) {
            tracing::info!(order.number, "the simulated station releases a pump");
            self.start(order);
        }
        Ok(())
    }

    async fn withdraw(&self, order: &Order) -> Result<(), Trouble> {
        if self.fault() == Fault::Silence {
            return Err(Trouble::Silent);
        }
        match self.inner.running().entry(order.id) {
            Entry::Occupied(running) if *running.get() == Phase::Flowing => {
                Err(Trouble::Refused("идёт налив".to_owned()))
            }
            Entry::Occupied(running) => {
                running.remove();
                Ok(())
            }
            Entry::Vacant(_) => Ok(()),
        }
    }

    /// It knows how its orders end.
    async fn report_end(&self, _: &Order) -> Result<(), Trouble> {
        Ok(())
    }

    async fn announce(&self, order: &Order) -> Result<(), Trouble> {
        self.hand_over(order.id);
        Ok(())
    }
}
