//! Loops that run as long as the process: each has a name, is restarted when it ends, and is watched.
//!
//! A worker that returns or panics before the shutdown is started again after a growing pause, logged and counted. It
//! announces with every turn of its loop how soon the next one comes ([`WorkerContext::beat`]).
//! [`Supervisor::faulty_worker`] names one that does not keep to it or that dies again and again. To add a worker: a
//! loop that beats, and a line in
//! `app/start.rs`.

mod restarts;
mod supervisor;
mod watched;

pub use restarts::{count_restart, show_restarts};
pub use supervisor::Supervisor;
pub use watched::{WorkerContext, WorkerFault, WorkerState};
