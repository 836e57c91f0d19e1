//! `KOLONKA_LIMITS`: how often one client may do what.

use std::time::Duration;

use crate::settings::{DefaultValue, Setting};

/// So many in a span of time, which may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub count: u32,
    pub span: Duration,
}

/// What one client may do; an empty list or `None` is without a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// New orders that were not paid.
    pub place: Vec<Rate>,
    /// Unpaid orders open at once.
    pub unpaid: Option<u32>,
    /// Drafts that are priced, also by placing them.
    pub quote: Vec<Rate>,
    /// Stations, orders and pages that are read.
    pub read: Vec<Rate>,
    /// Starts and cancellations.
    pub act: Vec<Rate>,
    /// Streams of orders open at once.
    pub streams: Option<u32>,
    /// Streams of one order open at once, by whomever.
    pub order_streams: Option<u32>,
    /// Wrong tokens, keys and codes.
    pub codes: Option<Rate>,
    /// Nobody may place an order whose invoice could not be made soon.
    pub busy: bool,
}

pub static LIMITS: Setting<Limits> = Setting {
    name: "KOLONKA_LIMITS",
    default: DefaultValue::value(
        "place=10/m,60/h;unpaid=5;quote=120/m;read=1200/m;act=60/m;streams=20;order_streams=16;codes=10/m;busy=on",
    ),
    unit: None,
    help: "how often one client (an address; IPv6: a /64) without a key or a session may place orders (paid ones do not count), have unpaid ones open, price, read, start and cancel, follow orders, and try wrong keys; N/s, N/m or N/h, several after commas; busy=on refuses orders whose invoice could not be made within 20 s; what is not named keeps its default, each may be off, and off alone switches all off",
    example: "place=20/m,200/h;unpaid=20;read=off",
    parse: |text, _| Limits::parse(text),
};

impl Limits {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::default());
        }
        let mut limits = Self::defaults();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("«{part}» is not name=limit"))?;
            limits.set(name.trim(), value.trim())?;
        }
        Ok(limits)
    }

    /// Whether nothing is without a limit.
    #[must_use]
    pub fn are_all_on(&self) -> bool {
        let Self { place, unpaid, quote, read, act, streams, order_streams, codes, busy } = self;
        [place, quote, read, act].into_iter().all(|rates| !rates.is_empty())
            && [unpaid, streams, order_streams].into_iter().all(Option::is_some)
            && codes.is_some()
            && *busy
    }

    /// The values of the default text.
    fn defaults() -> Self {
        let minute = |count| vec![Rate { count, span: Duration::from_secs(60) }];
        Self {
            place: [minute(10), vec![Rate { count: 60, span: Duration::from_secs(3600) }]].concat(),
            unpaid: Some(5),
            quote: minute(120),
            read: minute(1200),
            act: minute(60),
            streams: Some(20),
            order_streams: Some(16),
            codes: Some(Rate { count: 10, span: Duration::from_secs(60) }),
            busy: true,
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "place" => self.place = rates(value)?,
            "unpaid" => self.unpaid = count(value)?,
            "quote" => self.quote = rates(value)?,
            "read" => self.read = rates(value)?,
            "act" => self.act = rates(value)?,
            "streams" => self.streams = count(value)?,
            "order_streams" => self.order_streams = count(value)?,
            "codes" => self.codes = if value == "off" { None } else { Some(rate(value)?) },
            "busy" => {
                self.busy = match value {
                    "on" => true,
                    "off" => false,
                    _ => return Err(format!("«{value}» is neither on nor off")),
                }
            }
            _ => {
                return Err(format!(
                    "«{name}» is none of place, unpaid, quote, read, act, streams, order_streams, codes, busy"
                ));
            }
        }
        Ok(())
    }
}

fn rates(text: &str) -> Result<Vec<Rate>, String> {
    if text == "off" { Ok(Vec::new()) } else { text.split(',').map(rate).collect() }
}

fn rate(text: &str) -> Result<Rate, String> {
    let wrong = || format!("«{text}» is not a number a span, such as 10/m");
    let (number, unit) = text.trim().split_once('/').ok_or_else(wrong)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let count = number.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
    Ok(Rate { count, span: Duration::from_secs(seconds) })
}

fn count(text: &str) -> Result<Option<u32>, String> {
    if text == "off" {
        return Ok(None);
    }
    let count = text.parse().ok().filter(|count| *count > 0);
    count.map(Some).ok_or_else(|| format!("«{text}» is not a number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{AbsentValue, Mode};

    #[test]
    fn the_default_text_is_what_an_unnamed_limit_keeps() {
        for mode in [Mode::Sandbox, Mode::Production] {
            let AbsentValue::Value(text) = LIMITS.default.for_mode(mode) else { panic!("a value") };
            assert_eq!(Limits::parse(text), Ok(Limits::defaults()));
            assert_eq!(Limits::parse(""), Ok(Limits::defaults()));
        }
    }

    #[test]
    fn each_limit_may_be_changed_or_switched_off() {
        let limits = Limits::parse("place=20/m, 200/h; unpaid=off; read=5/s").expect("limits");
        let rate = |count, seconds| Rate { count, span: Duration::from_secs(seconds) };
        assert_eq!(limits.place, [rate(20, 60), rate(200, 3600)]);
        assert_eq!((limits.unpaid, limits.read), (None, vec![rate(5, 1)]));
        assert_eq!(limits.act, Limits::defaults().act, "what is not named stays");
        assert_eq!(Limits::parse("off"), Ok(Limits::default()));
        for wrong in ["place", "plaice=1/m", "place=0/m", "place=10", "place=10/d", "unpaid=0", "unpaid=1/m"]
        {
            assert!(Limits::parse(wrong).is_err(), "{wrong}");
        }
    }
}
