//! The pages: Leptos renders them, with our context and under our policy.

use std::sync::Arc;

use app::api::{PageStatus, SharedBackend};
use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware,
    response::IntoResponse,
    routing::get,
};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list, render_app_async_with_context};
use tower_http::services::ServeDir;

use super::{
    headers::{Policy, cache_built_files},
    short_links::{self, RenderPage, ShortLinks},
};
use crate::{
    backend::BackendOfClient,
    clock::Clock,
    limits::{ClientAddress, layer::names_file},
    request_locale::provide_locale,
    stations::catalogue::Catalogue,
};

/// Pages, server functions and built files. An unknown path is answered by the page «not found».
///
/// In the sandbox `/sandbox/components` shows developers every widget in every state.
pub fn router(
    options: &LeptosOptions,
    backend: &BackendOfClient,
    catalogue: Arc<Catalogue>,
    clock: Clock,
    policy: Policy,
) -> Router {
    let is_sandbox = backend(ClientAddress::of_this_machine()).page_settings().sandbox;
    let context = {
        let backend = Arc::clone(backend);
        move || provide(&backend, &policy)
    };
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };
    let routes = generate_route_list(app::App);
    let fallback = {
        let render = render_app_async_with_context(context.clone(), shell.clone());
        move |request: Request| render(request)
    };
    let not_found: RenderPage = Arc::new(fallback.clone());
    // Files are not limited, so a missing one costs as little as one that is there.
    let fallback = move |request: Request| {
        let page = (!names_file(request.uri().path())).then(|| fallback(request));
        async move {
            match page {
                Some(page) => page.await,
                None => StatusCode::NOT_FOUND.into_response(),
            }
        }
    };
    let short_links = short_links::router(ShortLinks { catalogue, clock, not_found });
    let site = ServeDir::new(options.site_root.as_ref())
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        // An unknown path is not found, whatever the method: 405 would say that it exists.
        .call_fallback_on_method_not_allowed(true);
    let built = ServeDir::new(format!("{}/{}", options.site_root, options.site_pkg_dir))
        .precompressed_br()
        .precompressed_gzip();
    let built = match options.hash_files {
        true => Router::new().fallback_service(built).layer(middleware::from_fn(cache_built_files)),
        false => Router::new().fallback_service(built),
    };
    let gallery = {
        let options = options.clone();
        let render = render_app_async_with_context(context.clone(), move || app::gallery(options.clone()));
        get(move |request: Request| render(request))
    };
    let developers = match is_sandbox {
        true => Router::new().route("/sandbox/components", gallery),
        false => Router::new(),
    };
    Router::new()
        .merge(developers)
        .leptos_routes_with_context(options, routes, context, shell)
        .nest(&format!("/{}", options.site_pkg_dir), built)
        .fallback_service(site.fallback(fallback.with_state(())))
        .with_state(options.clone())
        .merge(short_links)
        .layer(middleware::from_fn(provide_locale))
}

/// Provides the context of pages and server functions: one list for both.
fn provide(backend: &BackendOfClient, policy: &Policy) {
    let request = use_context::<Parts>();
    let client = request.and_then(|parts| parts.extensions.get::<ClientAddress>().copied());
    provide_context::<SharedBackend>(backend(client.unwrap_or_else(ClientAddress::of_this_machine)));
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Some(nonce) = use_nonce()
        && let Ok(value) = HeaderValue::from_str(&policy.for_page(&nonce.to_string()))
    {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
    provide_context(PageStatus(Arc::new(move |status| {
        if let Ok(status) = StatusCode::from_u16(status) {
            response.set_status(status);
        }
    })));
}
