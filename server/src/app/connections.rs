//! Connections: accepted until the process is asked to end, then finished, then cut.

use std::{
    convert::Infallible,
    future::pending,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::files;
use crate::limits::Peers;

/// Time after which a connection without a whole header is closed, idle ones too. Proxies close theirs after a minute:
/// one closed here first could just be carrying the next request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);
/// Time after which a new connection is closed that has not sent a whole header: browsers open some ahead, and open them
/// again.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time between two pieces of a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest time for which a client takes nothing of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for answers under way when the process has to end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves until `draining`; then no connection is accepted, answers under way are finished, and what is still connected
/// after [`DRAIN_TIMEOUT`] is cut. Beyond the most that the process may hold, new ones wait at the listener until another
/// is closed: silent ones soon are.
pub(super) async fn serve(
    mut listener: TcpListener,
    router: Router,
    peers: Peers,
    draining: CancellationToken,
) {
    let router = router.layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT));
    let (open, cut) = (TaskTracker::new(), CancellationToken::new());
    let slots = Arc::new(Semaphore::new(files::max_connections()));
    loop {
        let accept = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, Listener::accept(&mut listener).await)
        };
        let (slot, (stream, peer)) = tokio::select! {
            accepted = accept => accepted,
            () = draining.cancelled() => break,
        };
        // At once: whoever has too many is no browser that would wait.
        let Some(peer_slot) = peers.admit(peer) else { continue };
        let connection = serve_connection(stream, peer, router.clone(), draining.clone(), WRITE_TIMEOUT);
        let cut = cut.clone();
        open.spawn(async move {
            let _slots = (slot, peer_slot);
            cut.run_until_cancelled(connection).await;
        });
    }
    drop(listener);
    open.close();
    if timeout(DRAIN_TIMEOUT, open.wait()).await.is_err() {
        tracing::warn!(connections = open.len(), "connections that did not end in time are cut");
        cut.cancel();
        open.wait().await;
    }
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    draining: CancellationToken,
    write_timeout: Duration,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(write_timeout));
    let has_begun = Arc::new(AtomicBool::new(false));
    let begun = Arc::clone(&has_begun);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        begun.store(true, Ordering::Relaxed);
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let is_silent = async {
        sleep(FIRST_REQUEST_TIMEOUT).await;
        if has_begun.load(Ordering::Relaxed) {
            pending().await
        }
    };
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = is_silent => return,
        () = draining.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        // The client has disconnected, was too slow, or does not send HTTP.
        tracing::trace!(%error, %peer, "a connection broke");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn a_client_that_takes_nothing_of_an_answer_is_cut() {
        let endless =
            || async { Body::from_stream(futures::stream::repeat(Ok::<_, Infallible>("x".repeat(65_536)))) };
        let router = Router::new().route("/", get(endless));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut client =
            TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
        let (stream, peer) = listener.accept().await.expect("accepted");
        let served =
            serve_connection(stream, peer, router, CancellationToken::new(), Duration::from_millis(100));
        timeout(Duration::from_secs(20), served).await.expect("it is cut");
        drop(client);
    }
}
