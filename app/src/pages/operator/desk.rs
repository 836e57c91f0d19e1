//! The desk of a cashier who is signed in: the list on the left, the sale or the pre-check on the right.

use leptos::{prelude::*, task::spawn_local};

use super::{
    Panel, Session, Till, Trouble, api, card,
    keys::{self, Key},
    orders, sale, station,
};
use crate::components::{Button, ButtonKind, ButtonSize, Notice, NoticeKind};

pub fn desk(till: Till) -> AnyView {
    let Till { locale, panel, trouble, stale, .. } = till;
    let offline = move || {
        let text = Trouble::Network.sentence(locale);
        stale.get().then(|| view! { <Notice kind=NoticeKind::Offline text /> })
    };
    let notice = move || trouble.get().map(|text| view! { <Notice kind=NoticeKind::Error text /> });
    view! {
        {head(till)}
        <div class="till">
            {orders::orders(till)}
            <div class="till-panel">
                {offline}
                {notice}
                {move || match panel.get() {
                    Panel::Sale => new_sale(till),
                    Panel::Order(listed) => card::card(till, *listed),
                }}
                <p class="caption till-keys">{locale.pick(
                    "Клавиши: N — новая продажа, / — поиск, Enter — печать, Esc — отмена пречека.",
                    "Keys: N for a new sale, / to search, Enter to print, Esc to cancel the pre-check.",
                )}</p>
            </div>
        </div>
    }
    .into_any()
}

fn new_sale(till: Till) -> AnyView {
    keys::listen(|key| match key {
        Key::Search => keys::focus("#till-search"),
        Key::New => keys::focus(".till-sale input:not(:disabled)"),
        Key::Print | Key::Cancel => {}
    });
    keys::focus(".till-sale input:not(:disabled)");
    sale::sale(till)
}

fn head(till: Till) -> AnyView {
    let Till { locale, session, station: at, panel, .. } = till;
    let name = Memo::new(move |_| at.with(|at| at.as_ref().map(|at| at.name.clone()).unwrap_or_default()));
    let out = Callback::new(move |()| {
        spawn_local(async move {
            match api::sign_out(locale).await {
                Ok(()) => {
                    session.try_set(Session::SignedOut);
                }
                Err(trouble) => till.tell(&trouble),
            }
        });
    });
    let new = Callback::new(move |()| {
        till.trouble.set(None);
        panel.set(Panel::Sale);
    });
    view! {
        <header class="till-head">
            <h1>{move || name.get()}</h1>
            <Button kind=ButtonKind::Primary size=ButtonSize::Medium on_press=new>
                {locale.pick("Новая продажа", "New sale")}
            </Button>
            <Button
                kind=ButtonKind::Ghost
                size=ButtonSize::Medium
                on_press=Callback::new(move |()| station::leave(till))
            >
                {locale.pick("Другая АЗС", "Another station")}
            </Button>
            <Button kind=ButtonKind::Ghost size=ButtonSize::Medium on_press=out>
                {locale.pick("Выйти", "Sign out")}
            </Button>
        </header>
    }
    .into_any()
}
