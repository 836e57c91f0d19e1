/// Commits that a power cut may undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// None: the commit is on the disk when it returns.
    Full,
    /// Those of the last moments. For what is only repeated when it is lost, such as a lease. A killed process loses nothing.
    Relaxed,
}
