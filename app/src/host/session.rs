//! The session with the host window as a pure machine: inputs in, outputs out, no clock and no browser.
//!
//! Time-outs are inputs ([`Input::Elapsed`]) that answer [`Output::Wait`]. Nothing here waits for ever: a
//! host that stays silent is asked twice, then we stand alone, and a late answer is still taken.

use super::{
    delivery::{Delivery, MessageFilter},
    launch::{Channel, Launch},
    message::{Incoming, Init, Kind, Outgoing, PaymentResult},
    settings::HostSettings,
};

/// After this many milliseconds without an answer the host is asked again.
pub const RETRY_AFTER_MS: u32 = 5_000;

/// After this many further milliseconds we stand alone (ten seconds in all).
pub const ALONE_AFTER_MS: u32 = 5_000;

/// After this many milliseconds of `checkout` the driver is offered the way by `done`.
pub const OFFER_AFTER_MS: u32 = 10_000;

/// What happens to the session.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Open the session, or try again after standing alone. Does nothing while one is open.
    Connect,
    /// A message event.
    Delivered(Delivery),
    /// The wait is over.
    Elapsed(Wait),
    /// The payer goes to pay at this address.
    Pay(String),
    /// The driver took the offered way to the payment page.
    AcceptOffer,
    /// Our part is over without a payment by Invoicebox.
    DoneUnpaid,
    /// Show a failure in the host's own way.
    Error(Option<String>),
    /// Open one of our own absolute addresses, or a document of the network, beside us.
    Link(String),
    /// The service does not fit.
    Unavailable,
    /// The content is this many whole CSS pixels high.
    Height(u32),
    /// The page goes away.
    Disconnect,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send to the host; `None` as target means any origin.
    Post {
        /// The message.
        message: Outgoing,
        /// Origin that alone may read it.
        target: Option<String>,
    },
    /// Come back with [`Input::Elapsed`] after so many milliseconds.
    Wait(Wait, u32),
    /// The host has spoken, for the first time or anew.
    Opened(Box<Init>),
    /// There is no host, or it stays silent.
    Alone,
    /// The host tells how the payment goes.
    Paid(PaymentResult),
    /// Show («true») or hide the button «Перейти к оплате».
    Offer(bool),
    /// Leave for this address.
    Navigate(String),
    /// Open this address in a new tab.
    OpenTab(String),
    /// Nothing was done, for this reason.
    Refused(HostRefusal),
}

/// A wait; the number tells a stale one from the current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// For an answer before asking again.
    Retry(u32),
    /// For an answer before standing alone.
    Alone(u32),
    /// For the payment before offering another way.
    Offer(u32),
}

/// Why an input was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostRefusal {
    /// The session is closed, not yet open, or there is no host to tell.
    NotConnected,
    /// The address is not https on an allowed payment host.
    ForbiddenPaymentAddress,
    /// The address is neither our own nor that of a document, or not absolute.
    ForbiddenLink,
    /// The message came from elsewhere than the host.
    ForeignSender,
    /// The message was not understood.
    Unfit(super::message::Unfit),
}

enum SessionState {
    Closed,
    /// Asked; a payment that cannot start before the mode is known is kept.
    Asking {
        payment: Option<String>,
    },
    Open {
        kind: Kind,
        full_height: bool,
        checkout: Option<String>,
    },
    Alone,
}

/// One session of one page.
pub struct HostSession {
    settings: HostSettings,
    launch: Launch,
    gate: MessageFilter,
    state: SessionState,
    height: Option<u32>,
    waits: u32,
}

impl HostSession {
    /// A closed session.
    #[must_use]
    pub fn new(settings: HostSettings, launch: Launch) -> Self {
        let gate = MessageFilter::new(launch.channel);
        Self { settings, launch, gate, state: SessionState::Closed, height: None, waits: 0 }
    }

    /// Takes one input and tells what is to be done.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Connect => self.connect(),
            Input::Delivered(delivery) => self.receive(delivery),
            Input::Elapsed(wait) => self.elapsed(wait),
            Input::Pay(url) => self.pay(url),
            Input::AcceptOffer => self.accept_offer(),
            Input::DoneUnpaid => self.tell(Outgoing::Done(None)),
            Input::Error(text) => self.tell(Outgoing::Error(text)),
            Input::Link(url) => self.link(url),
            Input::Unavailable => self.tell(Outgoing::Unavailable),
            Input::Height(pixels) => self.height(pixels),
            Input::Disconnect => {
                self.state = SessionState::Closed;
                self.gate.forget();
                self.waits += 1;
                Vec::new()
            }
        }
    }

    fn connect(&mut self) -> Vec<Output> {
        match self.state {
            SessionState::Asking { .. } | SessionState::Open { .. } => Vec::new(),
            SessionState::Alone if self.launch.channel == Channel::Nobody => Vec::new(),
            SessionState::Closed if self.launch.channel == Channel::Nobody => {
                self.state = SessionState::Alone;
                vec![Output::Alone]
            }
            SessionState::Closed | SessionState::Alone => {
                self.state = SessionState::Asking { payment: None };
                self.waits += 1;
                let known = self.launch.parent_origin.clone();
                let target = known.filter(|origin| self.settings.allows_host(origin));
                vec![
                    Output::Post { message: Outgoing::Init, target },
                    Output::Wait(Wait::Retry(self.waits), RETRY_AFTER_MS),
                ]
            }
        }
    }

    fn elapsed(&mut self, wait: Wait) -> Vec<Output> {
        match (wait, &mut self.state) {
            (Wait::Retry(round), SessionState::Asking { .. }) if round == self.waits => vec![
                Output::Post { message: Outgoing::Init, target: None },
                Output::Wait(Wait::Alone(round), ALONE_AFTER_MS),
            ],
            (Wait::Alone(round), SessionState::Asking { payment }) if round == self.waits => {
                let payment = payment.take();
                self.state = SessionState::Alone;
                let leave = payment.map(Output::Navigate);
                std::iter::once(Output::Alone).chain(leave).collect()
            }
            (Wait::Offer(round), SessionState::Open { checkout: Some(_), .. }) if round == self.waits => {
                vec![Output::Offer(true)]
            }
            _ => Vec::new(),
        }
    }

    fn receive(&mut self, delivery: Delivery) -> Vec<Output> {
        if matches!(self.state, SessionState::Closed) {
            return Vec::new();
        }
        if !self.gate.is_host(&delivery, &self.settings) {
            return vec![Output::Refused(HostRefusal::ForeignSender)];
        }
        let message = match Incoming::parse(&delivery.data, self.launch.id.as_deref()) {
            Ok(message) => message,
            Err(unfit) => return vec![Output::Refused(HostRefusal::Unfit(unfit))],
        };
        let origin = delivery.origin.clone();
        if self.gate.is_repeat(delivery) {
            return Vec::new();
        }
        match (message, &mut self.state) {
            (Incoming::Init(init), _) => self.open(*init, origin),
            (Incoming::PaymentResult(result), SessionState::Open { checkout, .. }) => {
                // An answer shows that the host knows `checkout`, so no other way is needed.
                let offered = checkout.take().map(|_| Output::Offer(false));
                std::iter::once(Output::Paid(result)).chain(offered).collect()
            }
            (Incoming::PaymentResult(_), _) => vec![Output::Refused(HostRefusal::NotConnected)],
        }
    }

    fn open(&mut self, init: Init, origin: String) -> Vec<Output> {
        self.gate.pin(origin);
        let (waiting, checkout) = match std::mem::replace(&mut self.state, SessionState::Closed) {
            SessionState::Asking { payment } => (payment, None),
            SessionState::Open { checkout, .. } => (None, checkout),
            SessionState::Closed | SessionState::Alone => (None, None),
        };
        self.state = SessionState::Open { kind: init.kind.clone(), full_height: init.full_height, checkout };
        let mut outputs = vec![Output::Opened(Box::new(init))];
        // The host sizes its frame only after it has spoken: what was measured before is told now.
        outputs.extend(self.height.take().into_iter().flat_map(|pixels| self.height(pixels)));
        outputs.extend(waiting.into_iter().flat_map(|url| self.pay(url)));
        outputs
    }

    fn pay(&mut self, url: String) -> Vec<Output> {
        if !self.settings.allows_payment(&url, &self.launch.own_origin) {
            return vec![Output::Refused(HostRefusal::ForbiddenPaymentAddress)];
        }
        match &mut self.state {
            SessionState::Closed => vec![Output::Refused(HostRefusal::NotConnected)],
            SessionState::Alone => vec![Output::Navigate(url)],
            SessionState::Asking { payment } => {
                *payment = Some(url);
                Vec::new()
            }
            SessionState::Open { kind: Kind::Order, checkout, .. } if self.settings.checkout => {
                let renewed = checkout.replace(url.clone()).map(|_| Output::Offer(false));
                self.waits += 1;
                let wait = Output::Wait(Wait::Offer(self.waits), OFFER_AFTER_MS);
                renewed.into_iter().chain(self.tell(Outgoing::Checkout(url))).chain([wait]).collect()
            }
            SessionState::Open { .. } => self.tell(Outgoing::Done(Some(url))),
        }
    }

    /// `done` is sent only here and only by the driver's hand: sent by a timer, it would take the running
    /// payment away from a host that does support `checkout`.
    fn accept_offer(&mut self) -> Vec<Output> {
        let SessionState::Open { checkout, .. } = &mut self.state else {
            return vec![Output::Refused(HostRefusal::NotConnected)];
        };
        let Some(url) = checkout.take() else { return Vec::new() };
        let mut outputs = self.tell(Outgoing::Done(Some(url)));
        outputs.push(Output::Offer(false));
        outputs
    }

    fn link(&mut self, url: String) -> Vec<Output> {
        match self.state {
            _ if !self.settings.allows_link(&url, &self.launch.own_origin) => {
                vec![Output::Refused(HostRefusal::ForbiddenLink)]
            }
            SessionState::Alone => vec![Output::OpenTab(url)],
            _ => self.tell(Outgoing::Link(url)),
        }
    }

    fn height(&mut self, pixels: u32) -> Vec<Output> {
        if self.height.replace(pixels) == Some(pixels) {
            return Vec::new();
        }
        match self.state {
            SessionState::Open { full_height: false, .. } => self.tell(Outgoing::Height(pixels)),
            _ => Vec::new(),
        }
    }

    fn tell(&self, message: Outgoing) -> Vec<Output> {
        match self.state {
            SessionState::Open { .. } => {
                vec![Output::Post { message, target: self.gate.pinned().map(str::to_owned) }]
            }
            _ => vec![Output::Refused(HostRefusal::NotConnected)],
        }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
