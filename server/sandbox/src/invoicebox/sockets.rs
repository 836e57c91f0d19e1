//! Open WebSockets of merchants.

use std::collections::HashMap;

use tokio::sync::mpsc;

/// Calls that may wait for a slow reader; further ones are dropped.
const MAX_WAITING_CALLS: usize = 1024;
/// Calls whose answers are awaited.
const MAX_UNANSWERED_CALLS: usize = 10_000;

/// Open sockets, and the orders of unanswered calls.
#[derive(Debug, Default)]
pub struct OpenSockets {
    open: Vec<OpenSocket>,
    calls: u64,
    unanswered: HashMap<u64, String>,
}

/// One open socket.
#[derive(Debug)]
struct OpenSocket {
    merchant_ids: Vec<String>,
    sender: mpsc::Sender<String>,
}

impl OpenSockets {
    /// Number of open sockets.
    pub fn count(&mut self) -> usize {
        self.open.retain(|socket| !socket.sender.is_closed());
        self.open.len()
    }

    /// Closes all sockets.
    pub fn drop_all(&mut self) {
        self.open.clear();
    }

    /// Adds a socket of these merchants. The receiver gets the calls to send.
    pub fn add(&mut self, merchant_ids: Vec<String>) -> mpsc::Receiver<String> {
        let (sender, calls) = mpsc::channel(MAX_WAITING_CALLS);
        self.open.push(OpenSocket { merchant_ids, sender });
        calls
    }

    /// Registers a call about an order and returns its number.
    pub fn new_call(&mut self, order_id: String) -> u64 {
        self.calls += 1;
        if self.unanswered.len() >= MAX_UNANSWERED_CALLS {
            self.unanswered.clear();
        }
        self.unanswered.insert(self.calls, order_id);
        self.calls
    }

    /// The order that a call was about.
    pub fn order_of(&self, call: u64) -> Option<&str> {
        self.unanswered.get(&call).map(String::as_str)
    }

    /// Sends a call to the sockets of a merchant, or to all. Returns the number of sockets that took it.
    pub fn send(&self, merchant_id: Option<&str>, body: &str) -> usize {
        let theirs = |socket: &&OpenSocket| {
            merchant_id.is_none_or(|id| socket.merchant_ids.iter().any(|own| own.eq_ignore_ascii_case(id)))
        };
        self.open
            .iter()
            .filter(theirs)
            .filter(|socket| socket.sender.try_send(body.to_owned()).is_ok())
            .count()
    }
}
