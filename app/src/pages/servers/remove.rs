//! Removing a server: what stops with it. Its slug has to be typed.

use crate::{
    components::{Column, FormNotice, Frame, Notice, Place, Post, TextField, Title, count_text},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::{
    Count,
    auth::{ManageServers, SeeServers},
    servers::{self, ServerView},
};

/// The page.
#[component]
pub fn RemoveServerPage() -> impl IntoView {
    let here = Here::new();
    let (slug, name) = (param("workspace"), param("server"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let reaching = servers::reaching_keys(&at.clone().allow::<ManageServers>()?, &name).await?;
        let server = servers::show(&at.clone().allow::<SeeServers>()?, &at, &name, "").await?.server;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("remove-server");
        let keep = format!("/w/{slug}/servers/{}", server.slug);
        let title = format!("Remove {}?", server.name);
        let tone = if reaching.count == 0 { "" } else { "danger" };
        let fields = vec![("workspace", slug), ("server", server.slug.clone())];
        let (shown, at_hand) = (server.slug.clone(), server.clone());
        let mut pause = fields.clone();
        pause.push(("enabled", String::new()));
        Ok(view! {
            <Title text=format!("{title} · Latchkey") />
            <Frame place active="servers">
                <Column back=(keep.clone(), "The server")>
                    <div class="dialog dialog-page">
                        <div class="dialog-head"><div><h1 class="dialog-title" dir="auto">{title}</h1></div></div>
                        <div class="dialog-body">
                            <Notice tone icon="triangle-alert">
                                <p class="notice-title">{stops(reaching)}</p>
                                <p>"Clients that are connected to " <code class="inline-code">{server.endpoint.clone()}</code> " fail from then on."</p>
                            </Notice>
                            <p>
                                "Its credential, its tools' marks and who may use it are erased for ever. Disabling stops it as well, and \
                                 keeps everything."
                            </p>
                            <Post action="/console/remove_server" id="remove-form" hidden=fields>
                                <FormNotice flash=flash.clone() />
                                <TextField name="typed" label="Type the server's slug to remove it" hint=shown flash />
                            </Post>
                        </div>
                        <div class="dialog-foot dialog-foot-stack">
                            <a class="btn push" href=keep autofocus>"Keep server"</a>
                            <Disable server=at_hand />
                            <button class="btn btn-danger" form="remove-form">"Remove server"</button>
                        </div>
                        <Post action="/console/switch_server" id="disable-form" hidden=pause>""</Post>
                    </div>
                </Column>
            </Frame>
        })
    })
}

#[component]
fn Disable(server: ServerView) -> impl IntoView {
    server.enabled.then(|| view! { <button class="btn" form="disable-form">"Disable server"</button> })
}

/// What stops. Keys that name other servers alone are among those counted: hence the words.
fn stops(reaching: Count) -> String {
    match reaching.count {
        0 => "No key loses it: none reaches it at the moment.".into(),
        1 => "Up to 1 key loses it at once.".into(),
        _ => format!("Up to {} keys lose it at once.", count_text(reaching)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops() {
        let of = |count, more| stops(Count { count, more });
        assert!(of(0, false).starts_with("No key loses it"));
        assert_eq!(of(1, false), "Up to 1 key loses it at once.");
        assert_eq!(of(12, false), "Up to 12 keys lose it at once.");
        assert_eq!(of(1_000, true), "Up to 1,000+ keys lose it at once.");
    }
}
