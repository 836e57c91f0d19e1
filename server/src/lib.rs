//! The backend.

pub mod clock;
