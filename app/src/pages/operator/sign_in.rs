//! Signing in with the token; from then on a cookie identifies the session.

use domain::{locale::Locale, refusal::Code};
use leptos::{prelude::*, task::spawn_local};

use super::{
    api,
    api::ErpError,
    context::{DeskContext, DeskSession},
    station,
};
use crate::{
    components::{Button, ButtonKind, Field},
    state::focus_first_error,
};

pub fn form(desk: DeskContext) -> AnyView {
    let locale = desk.locale;
    let (token, busy) = (RwSignal::new(String::new()), RwSignal::new(false));
    let error = RwSignal::new(None::<String>);
    let send = move || {
        let typed = token.get_untracked().trim().to_owned();
        if typed.is_empty() {
            error.set(Some(locale.pick("Введите токен.", "Enter the token.").to_owned()));
            focus_first_error();
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = api::sign_in(locale, &typed).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    station::restore(desk).await;
                    desk.failure.try_set(None);
                    desk.session.try_set(DeskSession::SignedIn);
                }
                Err(failure) => {
                    error.try_set(Some(sign_in_error_text(&failure, locale)));
                    focus_first_error();
                }
            }
        });
    };
    view! {
        <form
            class="desk-entry"
            on:submit=move |event| {
                event.prevent_default();
                if !busy.get_untracked() {
                    send();
                }
            }
        >
            <h1>{locale.pick("Вход в кассу", "Sign in to the till")}</h1>
            <Field
                id="token"
                name="token"
                label=locale.pick("Токен кассы", "Token of the till").to_owned()
                value=token
                on_input=Callback::new(move |typed| {
                    token.set(typed);
                    error.set(None);
                })
                error
                hint=locale.pick("Его выдаёт администратор сети.", "Your network's administrator gives it out.").to_owned()
                input_type="password"
                autocomplete="current-password"
                maxlength=200
            />
            <Button kind=ButtonKind::Primary submit=true busy>{locale.pick("Войти", "Sign in")}</Button>
        </form>
    }
    .into_any()
}

fn sign_in_error_text(failure: &ErpError, locale: Locale) -> String {
    match failure {
        ErpError::SignedOut => locale.pick("Токен не подошёл.", "The token is not right.").to_owned(),
        ErpError::Refused(error) if error.code == Code::RateLimited => locale
            .pick("Слишком много попыток. Подождите минуту.", "Too many tries. Wait a minute.")
            .to_owned(),
        failure => failure.message(locale),
    }
}
