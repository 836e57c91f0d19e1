//! A station link with the capabilities that a test chooses. It does nothing by itself: the test sends the reports of its
//! station.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domain::{
    id::{PumpNumber, StationId},
    order::{Order, Release},
};
use server::station_link::{Capabilities, StationCallError, StationLink};

/// A call to a station link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkCall {
    Ping,
    Release,
    Withdraw,
    ReportEnd,
    Announce,
}

/// A link that accepts every call, unless a failure is queued.
#[derive(Debug)]
pub struct LinkDouble {
    capabilities: Mutex<Capabilities>,
    /// Calls in the order of arrival.
    calls: Mutex<Vec<LinkCall>>,
    /// Failures of the next calls of a kind; further ones are accepted.
    failing: Mutex<VecDeque<(LinkCall, StationCallError)>>,
    /// While it is locked, withdrawals get no answer.
    withdrawal_answers: tokio::sync::Mutex<()>,
    /// While it is locked, pings that fail get no answer.
    ping_failures: tokio::sync::Mutex<()>,
}

impl LinkDouble {
    #[must_use]
    pub fn new(capabilities: Capabilities) -> Arc<Self> {
        Arc::new(Self {
            capabilities: Mutex::new(capabilities),
            calls: Mutex::default(),
            failing: Mutex::default(),
            withdrawal_answers: tokio::sync::Mutex::default(),
            ping_failures: tokio::sync::Mutex::default(),
        })
    }

    /// Changes the capabilities, as a restart with a link of another kind does.
    pub fn change_to(&self, capabilities: Capabilities) {
        *self.capabilities.lock().unwrap() = capabilities;
    }

    /// Queues a failure of the next call of this kind: a ping, a release or a withdrawal.
    pub fn fail(&self, call: LinkCall, error: StationCallError) {
        self.failing.lock().unwrap().push_back((call, error));
    }

    /// Holds the answers to withdrawals back until the guard is dropped.
    pub async fn hold_withdrawal_answers(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.withdrawal_answers.lock().await
    }

    /// Holds the answers to pings that fail back until the guard is dropped.
    pub async fn hold_ping_failures(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.ping_failures.lock().await
    }

    /// Number of calls of this kind.
    #[must_use]
    pub fn count(&self, call: LinkCall) -> usize {
        self.calls.lock().unwrap().iter().filter(|came| **came == call).count()
    }

    fn record_call(&self, call: LinkCall) {
        self.calls.lock().unwrap().push(call);
    }

    fn take_failure(&self, call: LinkCall) -> Option<StationCallError> {
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

    /// A link that asks no pumps objects to none, as in [`StationLink::ping`].
    async fn ping(&self, _: &StationId, _: PumpNumber) -> Result<(), StationCallError> {
        if !self.capabilities().asks_pumps {
            return Ok(());
        }
        self.record_call(LinkCall::Ping);
        let Some(error) = self.take_failure(LinkCall::Ping) else { return Ok(()) };
        let _answered = self.ping_failures.lock().await;
        Err(error)
    }

    async fn release(&self, _: &Order, _: &Release) -> Result<(), StationCallError> {
        self.record_call(LinkCall::Release);
        self.take_failure(LinkCall::Release).map_or(Ok(()), Err)
    }

    async fn withdraw(&self, _: &Order, _: &Release) -> Result<(), StationCallError> {
        self.record_call(LinkCall::Withdraw);
        let _answered = self.withdrawal_answers.lock().await;
        self.take_failure(LinkCall::Withdraw).map_or(Ok(()), Err)
    }

    async fn report_end(&self, _: &Order, _: &Release) -> Result<(), StationCallError> {
        self.record_call(LinkCall::ReportEnd);
        Ok(())
    }

    async fn announce(&self, _: &Order) -> Result<(), StationCallError> {
        self.record_call(LinkCall::Announce);
        Ok(())
    }
}
