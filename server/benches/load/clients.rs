//! Customers who watch their orders.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use domain::id::OrderId;
use futures::{StreamExt, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    program::Program,
    seed::{Awaited, seed},
};
use test_support::DatabaseKind;

/// As many as are promised to fit.
const MANY: u32 = 10_000;
/// Connections opened at a time.
const CONCURRENT_CONNECTS: usize = 64;
/// What the paid view begins with, before its history repeats the word.
const PAID: &[u8] = b"\"status\":\"paid\"";

/// When each customer saw their order paid, in nanoseconds since `begun`; 0 while they have not.
pub struct Watchers {
    pub begun: Instant,
    pub saw: Arc<Vec<AtomicU64>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Watchers {
    /// One connection for each order, all of them open and with their first event.
    pub async fn open(address: &str, orders: &[Awaited]) -> Self {
        let begun = Instant::now();
        let saw: Arc<Vec<AtomicU64>> = Arc::new(orders.iter().map(|_| AtomicU64::new(0)).collect());
        let opened = stream::iter(orders.iter().enumerate())
            .map(|(nth, order)| open(address, order.id, nth))
            .buffer_unordered(CONCURRENT_CONNECTS)
            .collect::<Vec<_>>()
            .await;
        let tasks = opened
            .into_iter()
            .map(|(nth, socket)| {
                let saw = Arc::clone(&saw);
                tokio::spawn(async move { watch(socket, begun, &saw[nth]).await })
            })
            .collect();
        Self { begun, saw, tasks }
    }

    pub fn count(&self) -> usize {
        self.tasks.iter().filter(|task| !task.is_finished()).count()
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

async fn open(address: &str, id: OrderId, nth: usize) -> (usize, TcpStream) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let request = format!("GET /api/orders/{id}/events HTTP/1.1\r\nhost: bench\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.windows(9).any(|part| part == b"awaiting_") {
        assert_ne!(socket.read_buf(&mut seen).await.unwrap(), 0, "the stream ended");
    }
    (nth, socket)
}

async fn watch(mut socket: TcpStream, begun: Instant, saw: &AtomicU64) {
    let mut seen = Vec::new();
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = socket.read(&mut part).await {
        let at = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if saw.load(Ordering::Relaxed) == 0 {
            seen.extend_from_slice(&part[..length]);
            if seen.windows(PAID.len()).any(|part| part == PAID) {
                saw.store(at, Ordering::Relaxed);
                seen = Vec::new();
            }
        }
    }
}

/// Resident memory of the server with ten thousand watching customers.
pub async fn memory(kind: DatabaseKind) -> Option<String> {
    let seed = seed(kind, MANY).await;
    let program = Program::start(&seed.database_url, &[("KOLONKA_FORECOURT", "none")]).await;
    let before = program.memory();
    let watchers = Watchers::open(&program.address, &seed.orders).await;
    let (count, after) = (watchers.count(), program.memory());
    Some(format!(
        "{count} customers watching: {after:.0} MB resident, {before:.0} MB before them (target < 300)"
    ))
}
