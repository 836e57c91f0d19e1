use domain::locale::Locale;
use leptos::prelude::*;

/// The language on screen. Texts stand beside each other at the place where they are used: one pair, one fact.
#[derive(Clone, Copy)]
pub struct Language(RwSignal<Locale>);

impl Language {
    /// Begins with the language of the request.
    pub fn provide(first: Locale) -> Self {
        let language = Self(RwSignal::new(first));
        provide_context(language);
        language
    }

    /// The language of this page; Russian where nobody has provided one.
    #[must_use]
    pub fn of_page() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Locale::default())))
    }

    #[must_use]
    pub fn get(self) -> Locale {
        self.0.get()
    }

    #[must_use]
    pub fn now(self) -> Locale {
        self.0.get_untracked()
    }

    /// Changes the language, also of the document.
    pub fn set(self, locale: Locale) {
        if self.now() != locale {
            self.0.set(locale);
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("lang", locale.tag());
            }
        }
    }
}
