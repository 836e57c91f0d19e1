use std::time::Duration;

/// Longest wait before a test fails. Generous: the machine may be busy.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(40);

/// Repeats a question until there is an answer.
///
/// # Panics
/// There is no answer within [`WAIT_TIMEOUT`].
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> T {
    until_within(WAIT_TIMEOUT, what, ask).await
}

/// Repeats a question until there is an answer, with a limit of its own.
///
/// # Panics
/// There is no answer within `limit`.
pub async fn until_within<T, F: Future<Output = Option<T>>>(
    limit: Duration,
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(limit, asking).await.unwrap_or_else(|_| panic!("not within {limit:?}: {what}"))
}
