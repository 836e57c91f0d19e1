use std::time::Duration;

/// How long anything may take before the test fails. Generous: the machine may be busy.
pub const DEADLINE: Duration = Duration::from_secs(40);

/// Asks again and again until the answer is there.
///
/// # Panics
/// It is not there within [`DEADLINE`].
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> T {
    until_within(DEADLINE, what, ask).await
}

/// The same for what takes longer than most.
///
/// # Panics
/// It is not there within `limit`.
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
