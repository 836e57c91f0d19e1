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
    seed::{UnpaidOrder, seed},
};
use test_support::DatabaseKind;

/// Open streams of one server, as many as are promised.
const STREAM_COUNT: u32 = 10_000;
/// Connections opened at a time.
const CONCURRENT_CONNECTS: usize = 64;
/// Status in the view of a paid order; searched from the beginning, since its history has it again.
const PAID_MARKER: &[u8] = b"\"status\":\"paid\"";

/// Customers, each with an open stream of one order.
pub struct Watchers {
    pub begun: Instant,
    /// When each saw the order paid, in nanoseconds since `begun`; 0 before that.
    pub seen_at: Arc<Vec<AtomicU64>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Watchers {
    /// Opens one connection for each order and waits for the first event of each.
    pub async fn open(address: &str, orders: &[UnpaidOrder]) -> Self {
        let begun = Instant::now();
        let seen_at: Arc<Vec<AtomicU64>> = Arc::new(orders.iter().map(|_| AtomicU64::new(0)).collect());
        let opened = stream::iter(orders.iter().enumerate())
            .map(|(nth, order)| open(address, order.id, nth))
            .buffer_unordered(CONCURRENT_CONNECTS)
            .collect::<Vec<_>>()
            .await;
        let tasks = opened
            .into_iter()
            .map(|(nth, socket)| {
                let seen_at = Arc::clone(&seen_at);
                tokio::spawn(async move { watch(socket, begun, &seen_at[nth]).await })
            })
            .collect();
        Self { begun, seen_at, tasks }
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

async fn watch(mut socket: TcpStream, begun: Instant, seen_at: &AtomicU64) {
    let mut seen = Vec::new();
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = socket.read(&mut part).await {
        let at = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if seen_at.load(Ordering::Relaxed) == 0 {
            seen.extend_from_slice(&part[..length]);
            if seen.windows(PAID_MARKER.len()).any(|part| part == PAID_MARKER) {
                seen_at.store(at, Ordering::Relaxed);
                seen = Vec::new();
            }
        }
    }
}

/// Resident memory of the server with ten thousand watching customers.
pub async fn memory(kind: DatabaseKind) -> Option<String> {
    let seed = seed(kind, STREAM_COUNT).await;
    let program = Program::start(&seed.database_url, &[("KOLONKA_FORECOURT", "none")]).await;
    let before = program.memory();
    let watchers = Watchers::open(&program.address, &seed.orders).await;
    let (count, after) = (watchers.count(), program.memory());
    Some(format!(
        "{count} customers watching: {after:.0} MB resident, {before:.0} MB before them (target < 300)"
    ))
}
