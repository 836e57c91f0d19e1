//! What the stations say of their pumps, for the pages of orders that may be started.
//!
//! Which pumps sell a grade the catalogue knows; whether one is free only its station. A pump is asked while a page is open
//! whose order may be started, at most once in [`ASK_INTERVAL`] however many pages there are. Each instance asks for its
//! own pages. Whatever else asks a pump adds its answer.

mod answers;
mod board;
mod watched;

pub use board::PumpBoard;
pub use watched::WatchedPumps;
