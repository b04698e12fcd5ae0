//! Everything that the program answers: data plane, console, files. Called by `latchkey serve` and by the suites.

use super::shell;
use crate::{
    actions::guardrails::{FORM_PAGES, Posted, Taken},
    pages::{App, Reading, SAMPLE_PAGE, log_row},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::post,
};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use server::{
    Latchkey,
    auth::session_layer,
    flash::long_forms,
    http::{DataPlane, check_origin, common_layers_with, data_plane, downloads, gate, live},
};
use std::path::Path;
use tower_http::services::{ServeDir, ServeFile};

/// The data plane, and the console behind it.
pub fn surfaces(latchkey: Latchkey, options: LeptosOptions) -> DataPlane {
    let context = {
        let latchkey = latchkey.clone();
        move || provide_context(latchkey.clone())
    };
    let page = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let posted = {
        let (latchkey, context, page) = (latchkey.clone(), context.clone(), page.clone());
        move |request: Request| take_form(latchkey.clone(), context.clone(), page.clone(), request)
    };
    let read = {
        let (context, page) = (context.clone(), page.clone());
        move |request: Request| read_sample(context.clone(), page.clone(), request)
    };
    let forms = FORM_PAGES.iter().fold(Router::new(), |router, path| router.route(path, post(posted.clone())));
    let forms = forms.route(SAMPLE_PAGE, post(read));
    // Not by leptos_axum's handler for files: on a thread where a page is pending, that one finds the page's response
    // and takes its headers for the file, cookies included.
    let site = Path::new(&*options.site_root).to_owned();
    let files = |folder: &str| ServeDir::new(site.join(folder)).precompressed_br().precompressed_gzip();
    let console: Router = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context.clone(), page.clone())
        .nest_service("/pkg", files("pkg"))
        .nest_service("/fonts", files("fonts"))
        .route_service("/favicon.svg", ServeFile::new(site.join("favicon.svg")))
        .fallback(render_app_async_with_context(context, page))
        .with_state(options)
        .merge(downloads(&latchkey))
        .merge(live(&latchkey, log_row));
    let guarded = |router: Router| {
        router
            .layer(middleware::from_fn(forms_only))
            .layer(middleware::from_fn_with_state(latchkey.clone(), long_forms))
            .layer(middleware::from_fn_with_state(latchkey.clone(), gate))
            .layer(middleware::from_fn_with_state(latchkey.clone(), check_origin))
            .layer(session_layer(&latchkey))
            .layer(middleware::from_fn(caching))
    };
    data_plane(&latchkey).before(common_layers_with(guarded(console), guarded(forms), &latchkey))
}

/// A page that is posted to: the form is taken, and the page shown with it unless it leads elsewhere.
async fn take_form<V: IntoView + 'static>(
    latchkey: Latchkey,
    context: impl Fn() + Clone + Send + Sync + 'static,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    // Its size is limited by a layer.
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    match Posted::take(&latchkey, &mut parts, &String::from_utf8_lossy(&body)).await {
        Taken::Saved(elsewhere) => elsewhere,
        Taken::Shown(posted) => {
            let context = move || {
                context();
                provide_context(Posted::clone(&posted));
            };
            render_app_async_with_context(context, page)(Request::from_parts(parts, Body::empty())).await
        }
    }
}

/// The page of a sample, with what was said: who may see it, and that it was seen is written down, is the page's matter.
async fn read_sample<V: IntoView + 'static>(
    context: impl Fn() + Clone + Send + Sync + 'static,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let context = move || {
        context();
        provide_context(Reading);
    };
    render_app_async_with_context(context, page)(request.map(|_| Body::empty())).await
}

/// The paths of every server function, for the test that walks them.
#[must_use]
pub fn server_function_paths() -> Vec<String> {
    // Building the routes registers them.
    let _ = generate_route_list(App);
    leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect()
}

/// The paths of every page as the router has them, such as `/w/{workspace}/keys`, for the same test.
#[must_use]
pub fn page_paths() -> Vec<String> {
    generate_route_list(App).iter().map(|route| route.path().to_owned()).collect()
}

/// The paths of the pages that take a form themselves, for the same test.
#[must_use]
pub fn form_page_paths() -> Vec<String> {
    FORM_PAGES.into_iter().chain([SAMPLE_PAGE]).map(str::to_owned).collect()
}

/// The console's forms are posted as forms: anything else is not understood.
async fn forms_only(request: Request, next: Next) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if request.method() == Method::POST && !is_form {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Forms are sent as application/x-www-form-urlencoded.")
            .into_response();
    }
    next.run(request).await
}

/// Files with a hash in their name never change; everything else of the console is not kept anywhere.
async fn caching(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let kept = match path {
        _ if path.starts_with("/pkg/") => "public, max-age=31536000, immutable",
        _ if path.starts_with("/fonts/") || path == "/favicon.svg" => "public, max-age=86400",
        _ => "no-store",
    };
    let mut response = next.run(request).await;
    let kept = if response.status() == StatusCode::OK { kept } else { "no-store" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}
