//! What releases the pumps.

use crate::settings::{Absent, AnySetting, DefaultValue, Mode, Setting, SettingsReader, parse::choice};

use super::tanker_push::settings::{self as tanker, TankerConfig};

/// What releases the pumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForecourtKind {
    /// Nobody: the cashier does it.
    None,
    /// The simulated station of the sandbox, met like a real one.
    Simulator,
    /// The station side of a network, by the tanker contract.
    Tanker,
}

static KIND: Setting<ForecourtKind> = Setting {
    name: "KOLONKA_FORECOURT",
    default: DefaultValue::by_mode(Absent::Value("simulator"), Absent::Value("none")),
    unit: None,
    help: "what releases the pumps: none (the cashier), simulator (a station played in the sandbox) or tanker (the station side of a network)",
    example: "tanker",
    parse: |text, mode| {
        let kinds = [
            ("none", ForecourtKind::None),
            ("simulator", ForecourtKind::Simulator),
            ("tanker", ForecourtKind::Tanker),
        ];
        let kind = choice(text, &kinds)?;
        if mode == Mode::Production && kind == ForecourtKind::Simulator {
            return Err("the simulated station exists in the sandbox only".to_owned());
        }
        Ok(kind)
    },
};

/// In the order in which an operator meets them.
pub fn settings() -> impl Iterator<Item = &'static dyn AnySetting> {
    let kind: &'static dyn AnySetting = &KIND;
    std::iter::once(kind).chain(tanker::SETTINGS.iter().copied())
}

/// The chosen kind and how its station side is reached.
pub fn read(reader: &mut SettingsReader<'_>) -> (Option<ForecourtKind>, Option<TankerConfig>) {
    let kind = reader.value(&KIND);
    (kind, TankerConfig::read(reader, kind == Some(ForecourtKind::Tanker)))
}
