/// What a power cut may take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: the commit is on the disk when it returns.
    Full,
    /// The last moments. For what is only repeated when it is lost, such as a lease. A killed process loses nothing.
    Relaxed,
}
