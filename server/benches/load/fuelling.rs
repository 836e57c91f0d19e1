//! Five hundred fuellings at once: how soon the customer sees the litres, and whether the server grows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    id::{OrderId, PumpNumber},
    order::{
        Starter,
        machine::{Event, StationReport},
    },
};
use futures::{StreamExt, future::join_all, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    figures::Spread,
    program::{Program, client},
    seed::{UnpaidOrder, seed_with_events},
};
use test_support::{CALLBACK_KEY, DatabaseKind, until};

const FUELLINGS: u32 = 500;
/// Interval between two reports of a real station.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);
/// Reports of each fuelling in ten minutes.
const REPORTS_PER_FUELLING: u32 = 120;
/// Rounds at the pace of real stations; the others follow as fast as they are accepted.
const REAL_TIME_ROUNDS: u32 = 4;
/// Volume that a report adds, in hundredths of a litre.
const STEP_CENTI: u32 = 31;
/// Callers at a time in the rounds that do not keep the pace.
const MAX_CONCURRENT_CALLERS: usize = 32;
const VOLUME_KEY: &[u8] = b"\"dispensed_centi\":";

/// When a customer saw each round, in nanoseconds since the beginning; 0 before that.
type Seen = Arc<Vec<AtomicU64>>;

fn nanos(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Opens a stream, waits for its first event and watches the following ones.
async fn watch(address: &str, id: OrderId, begun: Instant) -> Seen {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let request = format!("GET /api/orders/{id}/events HTTP/1.1\r\nhost: bench\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut first = Vec::new();
    while !first.windows(9).any(|part| part == b"fuelling\"") {
        assert_ne!(socket.read_buf(&mut first).await.unwrap(), 0, "the stream ended");
    }
    let seen: Seen = Arc::new((0..REPORTS_PER_FUELLING).map(|_| AtomicU64::new(0)).collect());
    let seen_by_round = Arc::clone(&seen);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok(1..) = socket.read_buf(&mut kept).await {
            let at = nanos(begun);
            while let Some(centi) = next(&mut kept) {
                let round = usize::try_from(centi / STEP_CENTI).unwrap_or(0);
                if let Some(seen_at) = round.checked_sub(1).and_then(|round| seen_by_round.get(round)) {
                    seen_at.store(at, Ordering::Relaxed);
                }
            }
        }
    });
    seen
}

/// Takes the next volume that has arrived whole and drops what is before it.
fn next(kept: &mut Vec<u8>) -> Option<u32> {
    let at = kept.windows(VOLUME_KEY.len()).position(|part| part == VOLUME_KEY)? + VOLUME_KEY.len();
    let digits: Vec<u8> = kept.get(at..)?.iter().copied().take_while(u8::is_ascii_digit).collect();
    // The digit after the last may be on its way.
    kept.get(at + digits.len())?;
    kept.drain(..at);
    // `null` before the first report.
    Some(std::str::from_utf8(&digits).ok()?.parse().unwrap_or(0))
}

async fn report(client: &reqwest::Client, url: &str, order: &UnpaidOrder, round: u32) {
    let centi = (round + 1) * STEP_CENTI;
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

/// Time from the sending of a report to the customer's event, and memory over ten minutes of reports.
pub async fn report_all(kind: DatabaseKind) -> Option<String> {
    let seed = seed_with_events(kind, FUELLINGS, |provider_id| {
        let paid = Event::Paid { provider_id, held: false, paid_at: None, amount: None };
        // The third history entry is that of the payment.
        let start = Event::StartRequested { pump: PumpNumber(4), seq: 3, by: Starter::Driver };
        let report = |report| Event::Station { release: 1, report };
        let begun = [StationReport::Accepted, StationReport::FuellingStarted].map(report);
        [paid, start, Event::ReleaseRequested].into_iter().chain(begun).collect()
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
    let reporting = (0..FUELLINGS).zip(&seed.orders).map(|(nth, order)| {
        let (client, url) = (&client, &program.url);
        async move {
            let mut sent = Vec::new();
            for round in 0..REAL_TIME_ROUNDS {
                tokio::time::sleep_until(first + REPORT_INTERVAL * round + REPORT_INTERVAL * nth / FUELLINGS)
                    .await;
                sent.push(nanos(begun));
                report(client, url, order, round).await;
            }
            sent
        }
    });
    let sent: Vec<Vec<u64>> = join_all(reporting).await;
    let seen_at = |watcher: &Seen, round: u32| watcher[round as usize].load(Ordering::Relaxed);
    until("all reports arrive", || async {
        watchers.iter().all(|watcher| seen_at(watcher, REAL_TIME_ROUNDS - 1) > 0).then_some(())
    })
    .await;
    let spans = sent.iter().zip(&watchers).flat_map(|(sent, watcher)| {
        (0..REAL_TIME_ROUNDS).zip(sent).map(move |(round, sent)| {
            Duration::from_nanos(watcher[round as usize].load(Ordering::Relaxed).saturating_sub(*sent))
        })
    });
    let spread = Spread::of(spans.collect())?;

    let mut memory = vec![program.memory()];
    for minute in 0..10 {
        let rounds = (minute * REPORTS_PER_FUELLING / 10..(minute + 1) * REPORTS_PER_FUELLING / 10)
            .filter(|round| *round >= REAL_TIME_ROUNDS);
        for round in rounds {
            let reports = stream::iter(&seed.orders).map(|order| report(&client, &program.url, order, round));
            reports.buffer_unordered(MAX_CONCURRENT_CALLERS).collect::<Vec<_>>().await;
        }
        memory.push(program.memory());
    }
    until("the last reports arrive", || async {
        watchers.iter().all(|watcher| seen_at(watcher, REPORTS_PER_FUELLING - 1) > 0).then_some(())
    })
    .await;
    let (warm, end) = (memory[2], memory[10]);
    Some(format!(
        "volume to event, {FUELLINGS} fuellings, each every {} s: {spread} (target p99 < 20); \
         memory {:.0} MB, after 2 minutes {warm:.0}, after 10 {end:.0}",
        REPORT_INTERVAL.as_secs(),
        memory[0]
    ))
}
