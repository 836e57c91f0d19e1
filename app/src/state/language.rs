use domain::locale::Locale;
use leptos::prelude::*;

/// The language on screen. Both texts are at the place of their use, as a pair.
#[derive(Clone, Copy)]
pub struct Language(RwSignal<Locale>);

impl Language {
    /// Provides the language, first that of the request.
    pub fn provide(first: Locale) -> Self {
        let language = Self(RwSignal::new(first));
        provide_context(language);
        language
    }

    /// The language of this page; Russian where nobody has provided one.
    #[must_use]
    pub fn from_context() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Locale::default())))
    }

    #[must_use]
    pub fn get(self) -> Locale {
        self.0.get()
    }

    /// The language now, without following its changes.
    #[must_use]
    pub fn current(self) -> Locale {
        self.0.get_untracked()
    }

    /// Changes the language, also of the document.
    pub fn set(self, locale: Locale) {
        if self.current() != locale {
            self.0.set(locale);
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("lang", locale.tag());
            }
        }
    }
}
