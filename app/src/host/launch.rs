//! How we were opened, read once from the address and the window.

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// We are framed; the host is the parent window.
    Iframe,
    /// We run in the app; the host is the native side.
    WebView,
    /// There is no host.
    Nobody,
}

/// What the address and the window say at the start; read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// How messages travel.
    pub channel: Channel,
    /// First `id` of the query.
    pub id: Option<String>,
    /// Origin of our page.
    pub own_origin: String,
    /// Origin of the parent where the browser tells it.
    pub parent_origin: Option<String>,
}
