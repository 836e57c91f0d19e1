//! How we were opened, read once from the address and the window.

/// Way of the messages to the host and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// We are framed; the host is the parent window.
    Iframe,
    /// We run in the app; the host is the native side.
    WebView,
    /// There is no host.
    Nobody,
}

/// Address and window as they were at the start; read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Way of the messages.
    pub channel: Channel,
    /// First `id` of the query.
    pub id: Option<String>,
    /// Origin of our page.
    pub own_origin: String,
    /// Origin of the parent, in browsers that reveal it.
    pub parent_origin: Option<String>,
}
