//! Line icons: 24×24, stroke 1.5, drawn in the colour of the text.

use leptos::prelude::*;

/// One glyph. Always decoration: the text is beside it or in the control's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Alert,
    Back,
    Bag,
    Bin,
    Check,
    ChevronDown,
    ChevronRight,
    Clock,
    Close,
    Document,
    Filter,
    Info,
    Locate,
    Minus,
    Offline,
    Phone,
    Pin,
    Plus,
    Pump,
    Refresh,
    Route,
    Search,
}

impl Icon {
    /// The inline drawing, hidden from screen readers.
    pub fn view(self) -> AnyView {
        view! {
            <svg class="icon" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                <path d=self.path()></path>
            </svg>
        }
        .into_any()
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 5.5v8M12 18h.01",
            Self::Back => "M14 6.5 8.5 12l5.5 5.5",
            Self::Bag => "M6 8.5h12l1 11H5zM9 10.5V7.5a3 3 0 0 1 6 0v3",
            Self::Bin => "M5.5 7.5h13M10 7.5v-2h4v2M7 7.5l.8 11h8.4l.8-11M10.5 11v4.5M13.5 11v4.5",
            Self::Check => "M6 12.5l4 4 8-9",
            Self::ChevronDown => "M7 10l5 5 5-5",
            Self::ChevronRight => "M10 7l5 5-5 5",
            Self::Clock => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.5l3 1.5",
            Self::Close => "M7 7l10 10M17 7 7 17",
            Self::Document => "M7 4.5h7l3.5 3.5v11.5H7zM14 4.5V8h3.5M9.5 12h5M9.5 15.5h5",
            Self::Filter => {
                "M4.5 8H13M17 8h2.5M4.5 16H7M11 16h8.5M13 8a2 2 0 1 0 4 0 2 2 0 1 0-4 0M7 16a2 2 0 1 0 4 0 2 2 0 1 0-4 0"
            }
            Self::Info => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 11v5M12 8h.01",
            Self::Locate => "M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12M12 3v3M12 18v3M3 12h3M18 12h3",
            Self::Minus => "M7 12h10",
            Self::Offline => "M4 9.5a12 12 0 0 1 16 0M7.5 13a7 7 0 0 1 9 0M12 17h.01M4.5 4.5l15 15",
            Self::Phone => "M8 4.5 5 6c0 7 6 13 13 13l1.5-3-4-2.5-1.5 1.5c-2-.8-4.200-3-5-5L10.5 8.5z",
            Self::Pin => {
                "M12 20c-4-4-6-7-6-9.5a6 6 0 0 1 12 0c0 2.5-2 5.5-6 9.5M12 8.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4"
            }
            Self::Plus => "M7 12h10M12 7v10",
            Self::Pump => {
                "M5.5 19.5v-13a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v13M4 19.5h11M8 8h3v3H8zM13.5 13H15a1.5 1.5 0 0 1 1.5 1.5V16a1.5 1.5 0 0 0 3 0V9l-2.5-2.5"
            }
            Self::Refresh => "M18.5 9A7 7 0 1 0 19 13M19 5v4h-4",
            Self::Route => "M12 4.5 19.5 12 12 19.5 4.5 12zM10 14v-2.5h4M12.5 10l1.5 1.5-1.5 1.5",
            Self::Search => "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15.5 15.5 19 19",
        }
    }
}
