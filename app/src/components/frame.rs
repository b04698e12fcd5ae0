//! The frame around a signed-in person's pages: workspace switcher, pages, account, theme. A bar at the left; on narrow
//! screens a menu above. Only what works is in it.

use super::{Icon, Post, Toast};
use crate::web::Here;
use leptos::prelude::*;
use server::{
    Error,
    auth::{Caller, SeeAudit},
    workspaces::{self, WorkspaceView},
};

/// What the frame shows: where the person is and where they may go.
#[derive(Clone)]
pub struct Place {
    user: String,
    current: Option<WorkspaceView>,
    sees_audit: bool,
    workspaces: Vec<WorkspaceView>,
    theme: &'static str,
    page: String,
}

impl Place {
    /// The place of a page; `slug` is the workspace at hand, if the page belongs to one.
    pub async fn find(here: &Here, theme: &'static str, caller: &Caller, slug: Option<&str>) -> Result<Self, Error> {
        let workspaces = workspaces::of_caller(caller).await?;
        let current = match slug {
            Some(slug) => workspaces.iter().find(|workspace| workspace.slug == slug).cloned(),
            None => workspaces.first().cloned(),
        };
        let sees_audit = match &current {
            Some(workspace) => caller.in_workspace(&workspace.slug).await?.reach::<SeeAudit>().is_some(),
            None => false,
        };
        let (user, page) = (caller.name().into(), here.path_and_query());
        Ok(Self { user, current, sees_audit, workspaces, theme, page })
    }
}

/// A page inside the frame.
#[component]
pub fn Frame(
    /// Where we are.
    place: Place,
    /// Which link of the bar is this page.
    #[prop(default = "")]
    active: &'static str,
    /// A word about what was done before.
    #[prop(optional_no_strip)]
    said: Option<String>,
    children: Children,
) -> impl IntoView {
    let name = place.current.as_ref().map_or_else(|| "Latchkey".to_owned(), |workspace| workspace.name.clone());
    view! {
        <a class="visually-hidden skip-link" href="#main">"Skip to content"</a>
        <div class="frame">
            <details class="frame-top">
                <summary>
                    <span class="brand-mark"><Icon name="key-round" /></span>
                    <span dir="auto">{name}</span>
                    <span class="visually-hidden">"Menu"</span>
                    <Icon name="menu" />
                </summary>
                <Links place=place.clone() active />
            </details>
            <header class="frame-bar"><Links place=place.clone() active /></header>
            <main class="frame-main" id="main" tabindex="-1">{children()}</main>
        </div>
        <Toast said />
    }
    .into_any()
}

#[component]
fn Links(place: Place, active: &'static str) -> impl IntoView {
    let keys = place.current.as_ref().map(|workspace| format!("/w/{}/keys", workspace.slug));
    let audit =
        place.current.as_ref().filter(|_| place.sees_audit).map(|workspace| format!("/w/{}/audit", workspace.slug));
    let page_of = move |name: &str| (name == active).then_some("page");
    view! {
        <div class="frame-links">
            <Switcher place=place.clone() />
            <nav class="nav" aria-label="Workspace">
                {keys.map(|href| view! {
                    <a class="nav-link" href=href aria-current=page_of("keys")>
                        <Icon name="key-round" /><span>"Keys"</span>
                    </a>
                })}
                {audit.map(|href| view! {
                    <a class="nav-link" href=href aria-current=page_of("audit")>
                        <Icon name="scroll-text" /><span>"Audit log"</span>
                    </a>
                })}
            </nav>
            <div class="frame-foot">
                <nav class="nav" aria-label="You">
                    <a class="nav-link" href="/account" aria-current=page_of("account")>
                        <Icon name="circle-user-round" /><span dir="auto">{place.user}</span>
                    </a>
                </nav>
                <Post action="/console/sign_out">
                    <button class="nav-link btn-wide"><Icon name="log-out" /><span>"Sign out"</span></button>
                </Post>
                <ThemeSwitch theme=place.theme page=place.page />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Switcher(place: Place) -> impl IntoView {
    let slug = place.current.as_ref().map(|workspace| workspace.slug.clone()).unwrap_or_default();
    let name = place.current.map_or_else(|| "Latchkey".to_owned(), |workspace| workspace.name);
    let items = place.workspaces.into_iter().map(move |workspace| {
        let current = workspace.slug == slug;
        view! {
            <a class="menu-item" href=format!("/w/{}/keys", workspace.slug) aria-current=current.then_some("true")>
                <Icon name=if current { "check" } else { "building-2" } />
                <span dir="auto">{workspace.name}</span>
            </a>
        }
    });
    view! {
        <details class="menu workspace">
            <summary>
                <span class="brand-mark"><Icon name="key-round" /></span>
                <span dir="auto">{name}</span>
                <Icon name="chevrons-up-down" />
            </summary>
            <div class="menu-panel">{items.collect_view()}</div>
        </details>
    }
    .into_any()
}

#[component]
fn ThemeSwitch(theme: &'static str, page: String) -> impl IntoView {
    let choices =
        [("system", "monitor", "System theme"), ("light", "sun", "Light theme"), ("dark", "moon", "Dark theme")];
    let buttons = choices.map(|(value, icon, label)| {
        let pressed = if value == theme { "true" } else { "false" };
        view! {
            <button name="theme" value=value aria-pressed=pressed aria-label=label title=label>
                <Icon name=icon />
            </button>
        }
    });
    view! {
        <Post action="/console/theme" class="theme" label="Theme" hidden=vec![("page", page)]>{buttons.collect_view()}</Post>
    }
    .into_any()
}

/// The narrower column of pages about one thing, with a way back.
#[component]
pub fn Column(
    /// Where back leads, and what it is called.
    #[prop(optional)]
    back: Option<(String, &'static str)>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="column">
            {back.map(|(href, label)| view! { <a class="back-link" href=href><Icon name="arrow-left" />{label}</a> })}
            {children()}
        </div>
    }
    .into_any()
}
