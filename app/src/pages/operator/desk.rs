//! The desk of a cashier who is signed in: the list on the left, the sale or the pre-check on the right.

use leptos::{prelude::*, task::spawn_local};

use super::{
    api::{self, ErpError},
    card,
    context::{DeskContext, DeskPanel, DeskSession},
    keys::{self, DeskKey},
    orders, sale, station,
};
use crate::components::{Button, ButtonKind, ButtonSize, Notice, NoticeKind};

pub fn desk(desk: DeskContext) -> AnyView {
    let DeskContext { locale, panel, failure, stale, .. } = desk;
    let offline = move || {
        let text = ErpError::Network.message(locale);
        stale.get().then(|| view! { <Notice kind=NoticeKind::Offline text /> })
    };
    let notice = move || failure.get().map(|text| view! { <Notice kind=NoticeKind::Error text /> });
    view! {
        {head(desk)}
        <div class="desk">
            {orders::orders(desk)}
            <div class="desk-panel">
                {offline}
                {notice}
                {move || match panel.get() {
                    DeskPanel::Sale => new_sale(desk),
                    DeskPanel::Order(listed) => card::card(desk, *listed),
                }}
                <p class="caption desk-keys">{locale.pick(
                    "Клавиши: N — новая продажа, / — поиск, Enter — печать, Esc — отмена пречека.",
                    "Keys: N for a new sale, / to search, Enter to print, Esc to cancel the pre-check.",
                )}</p>
            </div>
        </div>
    }
    .into_any()
}

fn new_sale(desk: DeskContext) -> AnyView {
    keys::listen(|key| match key {
        DeskKey::Search => keys::focus("#desk-search"),
        DeskKey::New => keys::focus(".desk-sale input:not(:disabled)"),
        DeskKey::Print | DeskKey::Cancel => {}
    });
    keys::focus(".desk-sale input:not(:disabled)");
    sale::sale(desk)
}

fn head(desk: DeskContext) -> AnyView {
    let DeskContext { locale, session, station: at, panel, .. } = desk;
    let name = Memo::new(move |_| at.with(|at| at.as_ref().map(|at| at.name.clone()).unwrap_or_default()));
    let sign_out = Callback::new(move |()| {
        spawn_local(async move {
            match api::sign_out(locale).await {
                Ok(()) => {
                    session.try_set(DeskSession::SignedOut);
                }
                Err(failure) => desk.show_failure(&failure),
            }
        });
    });
    let new = Callback::new(move |()| {
        desk.failure.set(None);
        panel.set(DeskPanel::Sale);
    });
    view! {
        <header class="desk-head">
            <h1>{move || name.get()}</h1>
            <Button kind=ButtonKind::Primary size=ButtonSize::Medium on_press=new>
                {locale.pick("Новая продажа", "New sale")}
            </Button>
            <Button
                kind=ButtonKind::Ghost
                size=ButtonSize::Medium
                on_press=Callback::new(move |()| station::forget_station(desk))
            >
                {locale.pick("Другая АЗС", "Another station")}
            </Button>
            <Button kind=ButtonKind::Ghost size=ButtonSize::Medium on_press=sign_out>
                {locale.pick("Выйти", "Sign out")}
            </Button>
        </header>
    }
    .into_any()
}
