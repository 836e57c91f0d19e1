//! A station link whose abilities a test chooses. It does nothing by itself: what its station reports, the test reports.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domain::{
    id::{PumpNumber, StationId},
    order::Order,
};
use server::station_link::{Capabilities, ReleaseAnswer, StationCallError, StationLink};

/// What a link is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkCall {
    Ping,
    Release,
    Withdraw,
    ReportEnd,
    Announce,
}

/// A link that takes what it is asked for, unless it is told to fail.
#[derive(Debug)]
pub struct LinkDouble {
    capabilities: Mutex<Capabilities>,
    /// Calls that came, in their order.
    calls: Mutex<Vec<LinkCall>>,
    /// The next calls of a kind fail so; those after them are taken.
    failing: Mutex<VecDeque<(LinkCall, StationCallError)>>,
    /// Whoever holds it keeps withdrawals without their answers.
    withdrawal_answers: tokio::sync::Mutex<()>,
}

impl LinkDouble {
    #[must_use]
    pub fn new(capabilities: Capabilities) -> Arc<Self> {
        Arc::new(Self {
            capabilities: Mutex::new(capabilities),
            calls: Mutex::default(),
            failing: Mutex::default(),
            withdrawal_answers: tokio::sync::Mutex::default(),
        })
    }

    /// As if the operator had started again with a link of another kind.
    pub fn change_to(&self, capabilities: Capabilities) {
        *self.capabilities.lock().unwrap() = capabilities;
    }

    /// The next call of this kind fails so: a release or a withdrawal.
    pub fn fail(&self, call: LinkCall, error: StationCallError) {
        self.failing.lock().unwrap().push_back((call, error));
    }

    /// Withdrawals come in, and are not answered before the guard is dropped.
    pub async fn hold_withdrawal_answers(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.withdrawal_answers.lock().await
    }

    /// How often it was asked for this.
    #[must_use]
    pub fn count(&self, call: LinkCall) -> usize {
        self.calls.lock().unwrap().iter().filter(|came| **came == call).count()
    }

    fn note(&self, call: LinkCall) {
        self.calls.lock().unwrap().push(call);
    }

    fn fails(&self, call: LinkCall) -> Option<StationCallError> {
        let mut failing = self.failing.lock().unwrap();
        let next = failing.iter().position(|(kind, _)| *kind == call)?;
        failing.remove(next).map(|(_, error)| error)
    }
}

#[async_trait]
impl StationLink for LinkDouble {
    fn capabilities(&self) -> Capabilities {
        *self.capabilities.lock().unwrap()
    }

    /// As the port has it: a link that asks no pumps objects to none.
    async fn ping(&self, _: &StationId, _: PumpNumber) -> Result<(), StationCallError> {
        if self.capabilities().asks_pumps {
            self.note(LinkCall::Ping);
        }
        Ok(())
    }

    async fn release(&self, _: &Order) -> Result<ReleaseAnswer, StationCallError> {
        self.note(LinkCall::Release);
        self.fails(LinkCall::Release).map_or(Ok(ReleaseAnswer::Requested), Err)
    }

    async fn withdraw(&self, _: &Order) -> Result<(), StationCallError> {
        self.note(LinkCall::Withdraw);
        let _answered = self.withdrawal_answers.lock().await;
        self.fails(LinkCall::Withdraw).map_or(Ok(()), Err)
    }

    async fn report_end(&self, _: &Order) -> Result<(), StationCallError> {
        self.note(LinkCall::ReportEnd);
        Ok(())
    }

    async fn announce(&self, _: &Order) -> Result<(), StationCallError> {
        self.note(LinkCall::Announce);
        Ok(())
    }
}
