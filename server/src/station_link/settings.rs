//! Settings of the station link.

use crate::settings::{AbsentValue, AnySetting, DefaultValue, Mode, Setting, SettingsReader, parse::choice};

pub use super::tanker_push::settings::URL as STATION_URL;
use super::tanker_push::settings::{self as tanker, TankerConfig};

/// The chosen kind, and the settings of each vendor.
#[derive(Clone, Debug)]
pub struct StationLinkConfig {
    pub kind: StationLinkKind,
    /// In the sandbox it has values for the simulated station too, except the address.
    pub tanker: TankerConfig,
}

/// The kind of link that releases the pumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationLinkKind {
    /// Nobody: the cashier does it.
    None,
    /// The simulated station of the sandbox, met like a real one.
    Simulator,
    /// The station server of a network, by the tanker contract.
    Tanker,
}

/// Settings with which stations and prices are asked for.
pub const FEED_HINT: &str = "set KOLONKA_FORECOURT=tanker and KOLONKA_TANKER_FEED_S=60, for example";

static KIND: Setting<StationLinkKind> = Setting {
    name: "KOLONKA_FORECOURT",
    default: DefaultValue::per_mode(AbsentValue::Value("simulator"), AbsentValue::Value("none")),
    unit: None,
    help: "what releases the pumps: none (the cashier), simulator (the simulated station of the sandbox) or tanker (the station server of a network)",
    example: "tanker",
    parse: |text, mode| {
        let kinds = [
            ("none", StationLinkKind::None),
            ("simulator", StationLinkKind::Simulator),
            ("tanker", StationLinkKind::Tanker),
        ];
        let kind = choice(text, &kinds)?;
        if mode == Mode::Production && kind == StationLinkKind::Simulator {
            return Err("the simulated station exists in the sandbox only".to_owned());
        }
        Ok(kind)
    },
};

/// Settings in the order in which an operator meets them.
pub fn settings() -> impl Iterator<Item = &'static dyn AnySetting> {
    let kind: &'static dyn AnySetting = &KIND;
    std::iter::once(kind).chain(tanker::SETTINGS.iter().copied())
}

impl StationLinkConfig {
    /// Reads all settings, so that everything that is wrong is reported at once.
    pub fn read(reader: &mut SettingsReader<'_>) -> Option<Self> {
        let kind = reader.value(&KIND);
        let tanker = TankerConfig::read(reader, kind == Some(StationLinkKind::Tanker));
        Some(Self { kind: kind?, tanker: tanker? })
    }
}
