//! A minimal reader of server-sent events.

use serde_json::Value;

use super::{OrderView, WAIT_TIMEOUT};

/// One event.
#[derive(Clone, Debug, Default)]
pub struct Event {
    pub name: String,
    pub id: Option<u64>,
    pub data: Value,
}

impl Event {
    /// The view that the event carries.
    pub fn view(&self) -> OrderView {
        OrderView::read(self.data.clone())
    }

    /// The status in the view that the event carries.
    pub fn status(&self) -> &str {
        self.data["status"].as_str().unwrap_or_default()
    }
}

/// An open stream.
pub struct Events {
    response: reqwest::Response,
    buffer: Vec<u8>,
}

impl Events {
    pub fn new(response: reqwest::Response) -> Self {
        Self { response, buffer: Vec::new() }
    }

    /// The next event; `None` when the server has closed the stream.
    ///
    /// # Panics
    /// Neither an event nor the end comes in time.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(event) = parse(std::str::from_utf8(&block).unwrap()) {
                    return Some(event);
                }
            }
            let chunk =
                tokio::time::timeout(WAIT_TIMEOUT, self.response.chunk()).await.expect("an event in time");
            self.buffer.extend_from_slice(&chunk.unwrap()?);
        }
    }

    /// All events up to the end of the stream.
    pub async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// `None` for a comment.
fn parse(block: &str) -> Option<Event> {
    let mut event = Event::default();
    for line in block.lines() {
        match line.split_once(':').map(|(field, value)| (field, value.trim_start())) {
            Some(("event", value)) => event.name = value.to_owned(),
            Some(("id", value)) => event.id = Some(value.parse().unwrap()),
            Some(("data", value)) => event.data = serde_json::from_str(value).unwrap(),
            _ => {}
        }
    }
    (!event.name.is_empty()).then_some(event)
}
