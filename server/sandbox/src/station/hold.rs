//! Points at which orders wait at their pumps, on request: a phase of a second lasts as long as needed.

/// The step before which every order waits, until another one is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HoldPoint {
    /// No order waits.
    #[default]
    None,
    /// Taken; the station has not asked for permission to accept.
    Accept,
    /// Accepted; the nozzle hangs.
    Nozzle,
    /// Fuel has flowed; the end has not been reported.
    Flow,
    /// The release has ended; what a fault reports under it all the same has not been reported.
    Ended,
}

impl HoldPoint {
    /// Every point, as the page lists them.
    pub const ALL: [Self; 5] = [Self::None, Self::Accept, Self::Nozzle, Self::Flow, Self::Ended];

    /// The name in the sandbox's control API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Accept => "accept",
            Self::Nozzle => "nozzle",
            Self::Flow => "flow",
            Self::Ended => "ended",
        }
    }

    /// Label for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "не задерживать",
            Self::Accept => "перед подтверждением",
            Self::Nozzle => "перед снятием пистолета",
            Self::Flow => "перед концом налива",
            Self::Ended => "перед тем, что приходит после конца пуска",
        }
    }

    /// Reads a name; exact.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.name() == name)
    }
}
