//! The bridge to the Invoicebox page or app that frames the mini-app, the host.
//!
//! [`session`] decides, [`transport`] moves messages, [`context`] is what pages use. Nothing here runs while
//! rendering on the server: there every page starts as [`context::Mode::Connecting`], and so does the first
//! render in the browser. What a host reports is a hint; only the backend knows what is paid.

pub mod context;
pub mod delivery;
mod height;
pub mod launch;
pub mod message;
pub mod metadata;
pub mod session;
pub mod settings;
mod transport;
pub mod value;

#[cfg(test)]
mod testing;

pub use context::{
    HostContext, Mode, leave_unfit_invoice, provide_host, reconnect_when_seen, report_error_to_host,
    report_height, use_host,
};
pub use message::{Init, InitKind, Payer, PaymentResult};
pub use session::HostRefusal;
pub use settings::HostSettings;
