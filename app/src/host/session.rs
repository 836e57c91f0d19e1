//! The session with the host as a pure machine: inputs in, outputs out, no clock and no browser.
//!
//! Timeouts are inputs ([`Input::Elapsed`]) that end a timer ([`Output::StartTimer`]). Nothing here waits for ever:
//! a host that stays silent is asked twice, then the session is standalone, and a late answer is still accepted.

use super::{
    delivery::{Delivery, MessageFilter},
    launch::{Channel, Launch},
    message::{Incoming, Init, InitKind, Outgoing, PaymentResult, UnreadableMessage},
    settings::HostSettings,
};

/// Milliseconds without an answer after which the host is asked again.
pub const RETRY_AFTER_MS: u32 = 5_000;

/// Further milliseconds after which the session is standalone (ten seconds in all).
pub const STANDALONE_AFTER_MS: u32 = 5_000;

/// Milliseconds of `checkout` after which the driver is offered the way by `done`.
pub const OFFER_PAYMENT_PAGE_AFTER_MS: u32 = 10_000;

/// An event for the session.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Open the session, or try again while it is standalone. Does nothing while one is open.
    Connect,
    /// A message event.
    Delivered(Delivery),
    /// This timer has run out.
    Elapsed(SessionTimer),
    /// The payer goes to pay at this address.
    Pay(String),
    /// The driver took the offered way to the payment page.
    AcceptOffer,
    /// Our part is over without a payment by Invoicebox.
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

/// An action that the caller has to carry out.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send to the host; `None` as target means any origin.
    Post {
        /// The message.
        message: Outgoing,
        /// Origin that alone may read it.
        target: Option<String>,
    },
    /// Send [`Input::Elapsed`] after so many milliseconds.
    StartTimer(SessionTimer, u32),
    /// The host has opened the session, for the first time or again.
    Opened(Box<Init>),
    /// There is no host, or it stays silent.
    Standalone,
    /// The host has reported the state of the payment.
    PaymentReported(PaymentResult),
    /// Show («true») or hide the button «Перейти к оплате».
    Offer(bool),
    /// Leave for this address.
    Navigate(String),
    /// Open this address in a new tab.
    OpenTab(String),
    /// Nothing was done, for this reason.
    Refused(HostRefusal),
}

/// A timer; the number distinguishes a stale one from the current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionTimer {
    /// Until the host is asked again.
    Retry(u32),
    /// Until the session is standalone.
    Standalone(u32),
    /// Until another way to the payment page is offered.
    Offer(u32),
}

/// Reason why an input was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostRefusal {
    /// The session is closed, not yet open, or there is no host.
    NotConnected,
    /// The address is not https on an allowed payment host.
    ForbiddenPaymentAddress,
    /// The address is neither our own nor that of a document, or not absolute.
    ForbiddenLink,
    /// The message came from elsewhere than the host.
    ForeignSender,
    /// The message was not understood.
    UnreadableMessage(UnreadableMessage),
}

enum SessionState {
    Closed,
    /// The host was asked; a payment that cannot start before the mode is known is kept.
    Asking {
        payment: Option<String>,
    },
    Open {
        kind: InitKind,
        full_height: bool,
        checkout: Option<String>,
    },
    Standalone,
}

/// One session of one page.
pub struct HostSession {
    settings: HostSettings,
    launch: Launch,
    filter: MessageFilter,
    state: SessionState,
    height: Option<u32>,
    timer_number: u32,
}

impl HostSession {
    /// A closed session.
    #[must_use]
    pub fn new(settings: HostSettings, launch: Launch) -> Self {
        let filter = MessageFilter::new(launch.channel);
        Self { settings, launch, filter, state: SessionState::Closed, height: None, timer_number: 0 }
    }

    /// Applies one input and returns what has to be done.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Connect => self.connect(),
            Input::Delivered(delivery) => self.receive(delivery),
            Input::Elapsed(timer) => self.handle_timer(timer),
            Input::Pay(url) => self.pay(url),
            Input::AcceptOffer => self.accept_offer(),
            Input::Error(text) => self.post_to_host(Outgoing::Error(text)),
            Input::Link(url) => self.open_link(url),
            Input::Unavailable => self.post_to_host(Outgoing::Unavailable),
            Input::Height(pixels) => self.set_height(pixels),
            Input::Disconnect => {
                self.state = SessionState::Closed;
                self.filter.reset();
                self.timer_number += 1;
                Vec::new()
            }
        }
    }

    fn connect(&mut self) -> Vec<Output> {
        match self.state {
            SessionState::Asking { .. } | SessionState::Open { .. } => Vec::new(),
            SessionState::Standalone if self.launch.channel == Channel::Nobody => Vec::new(),
            SessionState::Closed if self.launch.channel == Channel::Nobody => {
                self.state = SessionState::Standalone;
                vec![Output::Standalone]
            }
            SessionState::Closed | SessionState::Standalone => {
                self.state = SessionState::Asking { payment: None };
                self.timer_number += 1;
                let known = self.launch.parent_origin.clone();
                let target = known.filter(|origin| self.settings.allows_host(origin));
                vec![
                    Output::Post { message: Outgoing::Init, target },
                    Output::StartTimer(SessionTimer::Retry(self.timer_number), RETRY_AFTER_MS),
                ]
            }
        }
    }

    fn handle_timer(&mut self, timer: SessionTimer) -> Vec<Output> {
        match (timer, &mut self.state) {
            (SessionTimer::Retry(round), SessionState::Asking { .. }) if round == self.timer_number => vec![
                Output::Post { message: Outgoing::Init, target: None },
                Output::StartTimer(SessionTimer::Standalone(round), STANDALONE_AFTER_MS),
            ],
            (SessionTimer::Standalone(round), SessionState::Asking { payment })
                if round == self.timer_number =>
            {
                let payment = payment.take();
                self.state = SessionState::Standalone;
                let leave = payment.map(Output::Navigate);
                std::iter::once(Output::Standalone).chain(leave).collect()
            }
            (SessionTimer::Offer(round), SessionState::Open { checkout: Some(_), .. })
                if round == self.timer_number =>
            {
                vec![Output::Offer(true)]
            }
            _ => Vec::new(),
        }
    }

    fn receive(&mut self, delivery: Delivery) -> Vec<Output> {
        if matches!(self.state, SessionState::Closed) {
            return Vec::new();
        }
        if !self.filter.is_host(&delivery, &self.settings) {
            return vec![Output::Refused(HostRefusal::ForeignSender)];
        }
        let message = match Incoming::parse(&delivery.data, self.launch.id.as_deref()) {
            Ok(message) => message,
            Err(reason) => return vec![Output::Refused(HostRefusal::UnreadableMessage(reason))],
        };
        let origin = delivery.origin.clone();
        if self.filter.is_repeat(delivery) {
            return Vec::new();
        }
        match (message, &mut self.state) {
            (Incoming::Init(init), _) => self.open(*init, origin),
            (Incoming::PaymentResult(result), SessionState::Open { checkout, .. }) => {
                // An answer shows that the host knows `checkout`: the other way is no longer offered.
                let offered = checkout.take().map(|_| Output::Offer(false));
                std::iter::once(Output::PaymentReported(result)).chain(offered).collect()
            }
            (Incoming::PaymentResult(_), _) => vec![Output::Refused(HostRefusal::NotConnected)],
        }
    }

    fn open(&mut self, init: Init, origin: String) -> Vec<Output> {
        self.filter.pin_origin(origin);
        let (waiting_payment, checkout) = match std::mem::replace(&mut self.state, SessionState::Closed) {
            SessionState::Asking { payment } => (payment, None),
            SessionState::Open { checkout, .. } => (None, checkout),
            SessionState::Closed | SessionState::Standalone => (None, None),
        };
        self.state = SessionState::Open { kind: init.kind.clone(), full_height: init.full_height, checkout };
        let mut outputs = vec![Output::Opened(Box::new(init))];
        // The host sizes its frame only after `init`: what was measured before is posted now.
        outputs.extend(self.height.take().into_iter().flat_map(|pixels| self.set_height(pixels)));
        outputs.extend(waiting_payment.into_iter().flat_map(|url| self.pay(url)));
        outputs
    }

    fn pay(&mut self, url: String) -> Vec<Output> {
        if !self.settings.allows_payment(&url, &self.launch.own_origin) {
            return vec![Output::Refused(HostRefusal::ForbiddenPaymentAddress)];
        }
        match &mut self.state {
            SessionState::Closed => vec![Output::Refused(HostRefusal::NotConnected)],
            SessionState::Standalone => vec![Output::Navigate(url)],
            SessionState::Asking { payment } => {
                *payment = Some(url);
                Vec::new()
            }
            SessionState::Open { kind: InitKind::Order, checkout, .. } if self.settings.checkout => {
                let renewed = checkout.replace(url.clone()).map(|_| Output::Offer(false));
                self.timer_number += 1;
                let timer =
                    Output::StartTimer(SessionTimer::Offer(self.timer_number), OFFER_PAYMENT_PAGE_AFTER_MS);
                renewed.into_iter().chain(self.post_to_host(Outgoing::Checkout(url))).chain([timer]).collect()
            }
            SessionState::Open { .. } => self.post_to_host(Outgoing::Done(Some(url))),
        }
    }

    /// `done` is sent only here and only by the driver's hand: sent by a timer, it would take the running
    /// payment away from a host that does support `checkout`.
    fn accept_offer(&mut self) -> Vec<Output> {
        let SessionState::Open { checkout, .. } = &mut self.state else {
            return vec![Output::Refused(HostRefusal::NotConnected)];
        };
        let Some(url) = checkout.take() else { return Vec::new() };
        let mut outputs = self.post_to_host(Outgoing::Done(Some(url)));
        outputs.push(Output::Offer(false));
        outputs
    }

    fn open_link(&mut self, url: String) -> Vec<Output> {
        match self.state {
            _ if !self.settings.allows_link(&url, &self.launch.own_origin) => {
                vec![Output::Refused(HostRefusal::ForbiddenLink)]
            }
            SessionState::Standalone => vec![Output::OpenTab(url)],
            _ => self.post_to_host(Outgoing::Link(url)),
        }
    }

    fn set_height(&mut self, pixels: u32) -> Vec<Output> {
        if self.height.replace(pixels) == Some(pixels) {
            return Vec::new();
        }
        match self.state {
            SessionState::Open { full_height: false, .. } => self.post_to_host(Outgoing::Height(pixels)),
            _ => Vec::new(),
        }
    }

    fn post_to_host(&self, message: Outgoing) -> Vec<Output> {
        match self.state {
            SessionState::Open { .. } => {
                vec![Output::Post { message, target: self.filter.pinned_origin().map(str::to_owned) }]
            }
            _ => vec![Output::Refused(HostRefusal::NotConnected)],
        }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
