//! The mini-app.
