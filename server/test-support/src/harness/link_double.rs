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
use server::station_link::{Capabilities, Release, StationCallError, StationLink};

/// What a link is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkCall {
    Ping,
    Authorise,
    Withdraw,
    ReportEnd,
    Announce,
}

/// A link that takes what it is asked for, unless it is told to fail.
#[derive(Debug)]
pub struct LinkDouble {
    capabilities: Capabilities,
    /// Calls that came, in their order.
    calls: Mutex<Vec<LinkCall>>,
    /// The next releases fail so; those after them are taken.
    failing_releases: Mutex<VecDeque<StationCallError>>,
}

impl LinkDouble {
    #[must_use]
    pub fn new(capabilities: Capabilities) -> Arc<Self> {
        Arc::new(Self { capabilities, calls: Mutex::default(), failing_releases: Mutex::default() })
    }

    /// The next release fails so.
    pub fn fail_release(&self, error: StationCallError) {
        self.failing_releases.lock().unwrap().push_back(error);
    }

    /// How often it was asked for this.
    #[must_use]
    pub fn count(&self, call: LinkCall) -> usize {
        self.calls.lock().unwrap().iter().filter(|came| **came == call).count()
    }

    fn note(&self, call: LinkCall) {
        self.calls.lock().unwrap().push(call);
    }
}

#[async_trait]
impl StationLink for LinkDouble {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// As the port has it: a link that asks no pumps objects to none.
    async fn ping(&self, _: &StationId, _: PumpNumber) -> Result<(), StationCallError> {
        if self.capabilities.asks_pumps {
            self.note(LinkCall::Ping);
        }
        Ok(())
    }

    async fn authorise(&self, _: &Order) -> Result<Release, StationCallError> {
        self.note(LinkCall::Authorise);
        match self.failing_releases.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => Ok(Release::Requested),
        }
    }

    async fn withdraw(&self, _: &Order) -> Result<(), StationCallError> {
        self.note(LinkCall::Withdraw);
        Ok(())
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
