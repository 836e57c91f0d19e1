//! A proxy in front of Invoicebox or the station, on which a server is killed: before a call goes out, or after it was
//! carried out and before the answer arrives.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::process::Installation;

/// The moment of a call at which the server is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
    /// Before, and the call arrives all the same, when the server is alive again.
    Late,
}

/// Time from the restart of the server to the arrival of a late call.
const LATE_CALL_DELAY: Duration = Duration::from_secs(2);

/// A proxy, made before the server that it kills exists.
pub struct Proxy {
    listener: TcpListener,
    pub url: String,
    calls: AtomicU32,
}

impl Proxy {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, url, calls: AtomicU32::new(0) }
    }

    /// Number of calls so far.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Forwards calls to `target`, and kills `kolonka` on the call of this number, counted from one.
    pub async fn forward_all(
        self: Arc<Self>,
        target: String,
        kolonka: Arc<Installation>,
        side: Side,
        nth: u32,
    ) {
        let mut forwarding = JoinSet::new();
        loop {
            let Ok((from, _)) = self.listener.accept().await else { return };
            let (proxy, target, kolonka) = (Arc::clone(&self), target.clone(), Arc::clone(&kolonka));
            forwarding.spawn(async move {
                // A caller that was killed leaves a broken connection.
                let _ = proxy.forward_one(from, &target, &kolonka, side, nth).await;
            });
        }
    }

    async fn forward_one(
        &self,
        mut from: TcpStream,
        target: &str,
        kolonka: &Installation,
        side: Side,
        nth: u32,
    ) -> std::io::Result<()> {
        let Some(request) = read_request(&mut from).await? else { return Ok(()) };
        let deadly = self.calls.fetch_add(1, Ordering::SeqCst) + 1 == nth;
        if deadly && side == Side::Before {
            kolonka.kill();
            return Ok(());
        }
        if deadly && side == Side::Late {
            kolonka.kill();
            kolonka.wait_until_alive().await;
            tokio::time::sleep(LATE_CALL_DELAY).await;
        }
        let mut to = TcpStream::connect(target).await?;
        to.write_all(&request).await?;
        let mut answer = Vec::new();
        to.read_to_end(&mut answer).await?;
        if deadly && side == Side::After {
            kolonka.kill();
            return Ok(());
        }
        from.write_all(&answer).await
    }
}

/// Reads a request and adds `connection: close`, so that its answer ends with the connection. `None` if the caller sent
/// nothing.
async fn read_request(from: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut request = Vec::new();
    let end = loop {
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if from.read_buf(&mut request).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok())
        .unwrap_or(0);
    while request.len() < end + length {
        if from.read_buf(&mut request).await? == 0 {
            return Ok(None);
        }
    }
    let at = request.windows(2).position(|pair| pair == b"\r\n").unwrap_or(0) + 2;
    request.splice(at..at, *b"connection: close\r\n");
    Ok(Some(request))
}
