//! The backend of Kolonka. A library so that tests start the very thing that production starts.

pub mod clock;
pub mod database;
