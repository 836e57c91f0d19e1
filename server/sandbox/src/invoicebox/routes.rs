//! The addresses of the API.

use axum::{
    Router,
    routing::{any, get},
};

use super::{dispatch, emulator::InvoiceboxSandbox, socket};

impl InvoiceboxSandbox {
    /// `/sandbox/invoicebox/{v3|l3}/…`
    pub fn router(&self) -> Router {
        Router::new()
            .route("/sandbox/invoicebox/v3/gate/rpc", get(socket::open))
            .route("/sandbox/invoicebox/{*path}", any(dispatch::serve))
            .with_state(self.clone())
    }
}
