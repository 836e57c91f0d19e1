//! Five hundred fuellings at once: how soon the customer sees the litres, and whether the server grows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{id::OrderId, order::machine::Event};
use futures::{StreamExt, future::join_all, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    figures::Spread,
    program::{Program, client},
    seed::{Awaited, seed_told},
};
use test_support::{CALLBACK_KEY, DatabaseKind, until};

const FUELLINGS: u32 = 500;
/// A station reports this often.
const EVERY: Duration = Duration::from_secs(5);
/// Reports of each in ten minutes.
const ROUNDS: u32 = 120;
/// Rounds at the pace of real stations; the others follow as fast as they are taken.
const AT_PACE: u32 = 4;
/// What a report adds, in hundredths of a litre.
const STEP: u32 = 31;
/// Callers at a time when time is pressed together.
const CALLERS: usize = 32;
const MARK: &[u8] = b"\"dispensed_centi\":";

/// A customer, and when each of the rounds was seen, in nanoseconds since the beginning.
type Seen = Arc<Vec<AtomicU64>>;

fn nanos(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// An open stream with its first event.
async fn watch(address: &str, id: OrderId, begun: Instant) -> Seen {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let request = format!("GET /api/orders/{id}/events HTTP/1.1\r\nhost: bench\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut first = Vec::new();
    while !first.windows(9).any(|part| part == b"fuelling\"") {
        assert_ne!(socket.read_buf(&mut first).await.unwrap(), 0, "the stream ended");
    }
    let seen: Seen = Arc::new((0..ROUNDS).map(|_| AtomicU64::new(0)).collect());
    let notes = Arc::clone(&seen);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok(1..) = socket.read_buf(&mut kept).await {
            let at = nanos(begun);
            while let Some(centi) = next(&mut kept) {
                let round = usize::try_from(centi / STEP).unwrap_or(0);
                if let Some(note) = round.checked_sub(1).and_then(|round| notes.get(round)) {
                    note.store(at, Ordering::Relaxed);
                }
            }
        }
    });
    seen
}

/// The next volume that has wholly arrived; what is before it is dropped.
fn next(kept: &mut Vec<u8>) -> Option<u32> {
    let at = kept.windows(MARK.len()).position(|part| part == MARK)? + MARK.len();
    let digits: Vec<u8> = kept.get(at..)?.iter().copied().take_while(u8::is_ascii_digit).collect();
    // The digit after the last may be on its way.
    kept.get(at + digits.len())?;
    kept.drain(..at);
    // `null` before the first report.
    Some(std::str::from_utf8(&digits).ok()?.parse().unwrap_or(0))
}

async fn report(client: &reqwest::Client, url: &str, order: &Awaited, round: u32) {
    let centi = (round + 1) * STEP;
    let body =
        format!("apikey={CALLBACK_KEY}&orderId={}&litre={},{:02}", order.reference, centi / 100, centi % 100);
    let request = client
        .post(format!("{url}/api/order/volume"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "a report was refused");
    answer.bytes().await.unwrap();
}

/// From the moment a report is sent to the event at the customer's, and the memory over ten minutes of reports.
pub async fn many(kind: DatabaseKind) -> Option<String> {
    let seed = seed_told(kind, FUELLINGS, |provider_id| {
        let paid = Event::Paid { provider_id, held: false };
        vec![paid, Event::AuthorisationSent, Event::StationAccepted, Event::FuellingStarted]
    })
    .await;
    let variables = [
        ("KOLONKA_FORECOURT", "tanker"),
        ("KOLONKA_TANKER_URL", "http://127.0.0.1:1"),
        ("KOLONKA_TANKER_FEED_S", "off"),
    ];
    let program = Program::start(&seed.database_url, &variables).await;
    let begun = Instant::now();
    let watching = seed.orders.iter().map(|order| watch(&program.address, order.id, begun));
    let watchers: Vec<Seen> = join_all(watching).await;
    let client = client();

    let first = tokio::time::Instant::now() + Duration::from_millis(500);
    let telling = (0..FUELLINGS).zip(&seed.orders).map(|(nth, order)| {
        let (client, url) = (&client, &program.url);
        async move {
            let mut sent = Vec::new();
            for round in 0..AT_PACE {
                tokio::time::sleep_until(first + EVERY * round + EVERY * nth / FUELLINGS).await;
                sent.push(nanos(begun));
                report(client, url, order, round).await;
            }
            sent
        }
    });
    let sent: Vec<Vec<u64>> = join_all(telling).await;
    let saw = |watcher: &Seen, round: u32| watcher[round as usize].load(Ordering::Relaxed);
    until("all reports arrive", || async {
        watchers.iter().all(|watcher| saw(watcher, AT_PACE - 1) > 0).then_some(())
    })
    .await;
    let spans = sent.iter().zip(&watchers).flat_map(|(sent, watcher)| {
        (0..AT_PACE).zip(sent).map(move |(round, sent)| {
            Duration::from_nanos(watcher[round as usize].load(Ordering::Relaxed).saturating_sub(*sent))
        })
    });
    let spread = Spread::of(spans.collect())?;

    let mut memory = vec![program.memory()];
    for minute in 0..10 {
        let rounds = (minute * ROUNDS / 10..(minute + 1) * ROUNDS / 10).filter(|round| *round >= AT_PACE);
        for round in rounds {
            let told = stream::iter(&seed.orders).map(|order| report(&client, &program.url, order, round));
            told.buffer_unordered(CALLERS).collect::<Vec<_>>().await;
        }
        memory.push(program.memory());
    }
    until("the last reports arrive", || async {
        watchers.iter().all(|watcher| saw(watcher, ROUNDS - 1) > 0).then_some(())
    })
    .await;
    let (warm, end) = (memory[2], memory[10]);
    Some(format!(
        "volume to event, {FUELLINGS} fuellings, each every {} s: {spread} (target p99 < 20); \
         memory {:.0} MB, after 2 minutes {warm:.0}, after 10 {end:.0}",
        EVERY.as_secs(),
        memory[0]
    ))
}
