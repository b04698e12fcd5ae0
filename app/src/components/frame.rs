//! The frame around a signed-in person's pages: workspace switcher, pages, account, theme. A bar at the left; on narrow
//! screens a menu above. Only what works is in it.

use super::{ADMINISTRATION, Icon, Post, Toast};
use crate::web::Here;
use leptos::prelude::*;
use server::{
    Error,
    auth::Caller,
    workspaces::{Doors, doors},
};

/// What the frame shows: where the person is and where they may go.
#[derive(Clone)]
pub struct Place {
    user: String,
    instance_admin: bool,
    doors: Doors,
    theme: &'static str,
    page: String,
}

impl Place {
    /// The place of a page; `slug` is the workspace at hand, if the page belongs to one.
    pub async fn find(here: &Here, caller: &Caller, slug: Option<&str>) -> Result<Self, Error> {
        Ok(Self {
            user: caller.name().into(),
            instance_admin: caller.is_instance_admin(),
            doors: doors(caller, slug).await?,
            theme: here.theme().unwrap_or("system"),
            page: here.path_and_query(),
        })
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
    let name = place.doors.current.as_ref().map_or_else(|| "Latchkey".to_owned(), |door| door.name.clone());
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
    // Each page of the workspace: its name, icon, words, and whether the person may open it.
    let pages = place.doors.current.as_ref().map(|door| {
        [
            ("keys", "key-round", "Keys", true),
            ("servers", "server", "Servers", true),
            ("models", "cpu", "Models", door.models),
            ("policies", "shield-check", "Policies", true),
            ("guardrails", "scan-text", "Guardrails", door.models),
            ("logs", "activity", "Logs", true),
            ("usage", "chart-column", "Usage", true),
            ("members", "users", "Members", door.members),
            ("audit", "scroll-text", "Audit log", door.audit),
            ("settings", "sliders-horizontal", "Settings", door.settings),
        ]
        .into_iter()
        .filter(|(.., may)| *may)
        .map(|(name, icon, words, _)| (name, format!("/w/{}/{name}", door.slug), icon, words))
        .collect::<Vec<_>>()
    });
    let page_of = move |name: &str| (name == active).then_some("page");
    let pages = pages.into_iter().flatten().map(move |(name, href, icon, words)| {
        view! { <a class="nav-link" href=href aria-current=page_of(name)><Icon name=icon /><span>{words}</span></a> }
    });
    view! {
        <div class="frame-links">
            <Switcher place=place.clone() />
            <nav class="nav" aria-label="Workspace">{pages.collect_view()}</nav>
            <div class="frame-foot">
                <nav class="nav" aria-label="You">
                    <a class="nav-link" href="/api/docs"><Icon name="braces" /><span>"API"</span></a>
                    {place.instance_admin.then(|| view! {
                        <a class="nav-link" href=ADMINISTRATION aria-current=page_of("admin")>
                            <Icon name="shield" /><span>"Administration"</span>
                        </a>
                    })}
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
    let slug = place.doors.current.as_ref().map(|door| door.slug.clone()).unwrap_or_default();
    let name = place.doors.current.map_or_else(|| "Latchkey".to_owned(), |door| door.name);
    let items = place.doors.all.into_iter().map(move |door| {
        let current = door.slug == slug;
        view! {
            <a class="menu-item" href=format!("/w/{}/keys", door.slug) aria-current=current.then_some("true")>
                <Icon name=if current { "check" } else { "building-2" } />
                <span dir="auto">{door.name}</span>
            </a>
        }
    });
    let all = place.doors.more.then(|| {
        view! {
            <div class="menu-rule"></div>
            <a class="menu-item" href="/admin/workspaces"><Icon name="search" /><span>"All workspaces"</span></a>
        }
    });
    view! {
        <details class="menu workspace">
            <summary>
                <span class="brand-mark"><Icon name="key-round" /></span>
                <span dir="auto">{name}</span>
                <Icon name="chevrons-up-down" />
            </summary>
            <div class="menu-panel">{items.collect_view()}{all}</div>
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
