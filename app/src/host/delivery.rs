//! Which events come from the host, and which of them are repeats.
//!
//! A frame host is known by its window and its origin; in the app the native side raises events of our own
//! window, and some versions raise each twice, on `window` and on `document`.

use super::{launch::Channel, settings::HostSettings, value::Value};

/// A message event that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The payload.
    pub data: Value,
    /// `event.origin`.
    pub origin: String,
    /// `event.source`.
    pub sender: Sender,
    /// Where the event arrived.
    pub target: Target,
    /// Milliseconds since the page was opened.
    pub at_ms: u64,
}

/// The window that sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The window that frames us.
    Parent,
    /// Our own window.
    Own,
    /// No window: the event was raised by a script.
    Nobody,
    /// Any other window.
    Other,
}

/// The object on which an event arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `window`.
    Window,
    /// `document`.
    Document,
}

/// Longest time between two events of one message: the same payload on the other target.
const MAX_REPEAT_DELAY_MS: u64 = 1_000;

/// Messages that are remembered to recognise their repeats.
const MAX_REMEMBERED_MESSAGES: usize = 16;

/// Accepts the host's messages, each once.
pub(super) struct MessageFilter {
    channel: Channel,
    pinned_origin: Option<String>,
    recent: Vec<Delivery>,
}

impl MessageFilter {
    pub(super) fn new(channel: Channel) -> Self {
        Self { channel, pinned_origin: None, recent: Vec::new() }
    }

    /// Whether the message comes from the host: in a frame from the parent, at an allowed origin or at the
    /// one that opened the session; in the app from our own window, where origins mean nothing.
    pub(super) fn is_host(&self, delivery: &Delivery, settings: &HostSettings) -> bool {
        match self.channel {
            Channel::Iframe => {
                delivery.sender == Sender::Parent
                    && settings.allows_host(&delivery.origin)
                    && self.pinned_origin.as_ref().is_none_or(|pinned| *pinned == delivery.origin)
            }
            Channel::WebView => matches!(delivery.sender, Sender::Own | Sender::Nobody),
            Channel::Nobody => false,
        }
    }

    /// Whether this is the repeat of a message that just arrived on the other target. A repeat is used up, so
    /// the same message sent again later counts again.
    pub(super) fn is_repeat(&mut self, delivery: Delivery) -> bool {
        self.recent.retain(|earlier| delivery.at_ms.saturating_sub(earlier.at_ms) <= MAX_REPEAT_DELAY_MS);
        let repeat =
            self.recent.iter().position(|seen| seen.target != delivery.target && seen.data == delivery.data);
        if let Some(at) = repeat {
            self.recent.remove(at);
            return true;
        }
        if self.recent.len() == MAX_REMEMBERED_MESSAGES {
            self.recent.remove(0);
        }
        self.recent.push(delivery);
        false
    }

    /// Accepts and addresses only this origin from now on. In the app there is none to pin.
    pub(super) fn pin_origin(&mut self, origin: String) {
        if self.channel == Channel::Iframe {
            self.pinned_origin = Some(origin);
        }
    }

    /// The origin that alone may read our messages.
    pub(super) fn pinned_origin(&self) -> Option<&str> {
        self.pinned_origin.as_deref()
    }

    /// Forgets the pinned origin and the remembered messages.
    pub(super) fn reset(&mut self) {
        self.pinned_origin = None;
        self.recent.clear();
    }
}
