//! The key of the connect helper: the one that is filled in, or the ways to one.

use super::Helper;
use crate::{
    components::{Icon, Notice},
    pages::keys::Permissions,
};
use leptos::prelude::*;
use server::flash::{Flash, Tested};

/// The panel.
#[component]
pub fn KeyPanel(helper: Helper, flash: Flash) -> impl IntoView {
    let tested = helper.tested.clone().map(|tested| view! { <Result tested /> });
    let body = match helper.key.clone() {
        Some((_, key)) => {
            let href = format!("/w/{}/keys/{}", helper.workspace, key.id);
            let text = if helper.new {
                "Created for this, and filled in below. It is shown on this page alone: connect the client now."
            } else {
                "Filled in below, until you leave this page."
            };
            view! {
                <div class="act">
                    <div>
                        <p class="act-title">
                            <a class="link" href=href><bdi>{key.name.clone()}</bdi></a>
                            " " <code class="inline-code">{key.masked.clone()}</code>
                        </p>
                        <p>{text}</p>
                    </div>
                    <button class="btn" name="step" value="test"><Icon name="plug" />"Test this connection"</button>
                </div>
            }
            .into_any()
        }
        None => view! { <WithoutKey helper flash /> }.into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="connect-key">
            <div class="panel-head"><h2 id="connect-key">"Key"</h2></div>
            {body}
            {tested}
        </section>
    }
    .into_any()
}

#[component]
fn WithoutKey(helper: Helper, flash: Flash) -> impl IntoView {
    let pick = helper.pick.then(|| {
        view! {
            <div class="act">
                <div>
                    <p class="act-title">"A key of yours"</p>
                    <p>"The one you used last that reaches this is filled in. The audit log says that it was revealed."</p>
                </div>
                <button class="btn" name="step" value="pick">"Fill in my key"</button>
            </div>
        }
    });
    let Some(reach) = helper.create else {
        let text = view! {
            <div class="panel-body">
                <p class="muted">"No key is filled in: put one in the place of " <code class="inline-code">"YOUR_LATCHKEY_KEY"</code> "."</p>
            </div>
        };
        return view! { {pick} {text} }.into_any();
    };
    let only = if helper.server.is_empty() { "" } else { " It reaches this server alone." };
    view! {
        {pick}
        <div class="panel-body">
            <p class="muted">
                "Create a key for the client chosen below, and it is filled in everywhere." {only}
                " Without one, put your key in the place of " <code class="inline-code">"YOUR_LATCHKEY_KEY"</code> "."
            </p>
            <Permissions reach=Some(reach) flash for_agent=true />
        </div>
        <div class="panel-foot">
            <button class="btn btn-primary" name="step" value="create"><Icon name="plus" />"Create a key for this client"</button>
        </div>
    }
    .into_any()
}

/// What came of the test.
#[component]
fn Result(tested: Tested) -> impl IntoView {
    let (tone, icon) = if tested.works { ("success", "circle-check") } else { ("danger", "circle-alert") };
    let none = tested.tools.is_empty();
    let names =
        tested.tools.into_iter().map(|name| view! { <li><code class="inline-code"><bdi>{name}</bdi></code></li> });
    let more = (tested.more > 0).then(|| view! { <li class="muted">{format!("and {} more", tested.more)}</li> });
    let names = view! { {names.collect_view()} {more} }.into_any();
    view! {
        <div class="panel-notices" role="status">
            <Notice tone icon>
                <p class="notice-title">{tested.text}</p>
                {(!none).then(|| view! { <ul class="tool-names" role="list" aria-label="Tools">{names}</ul> })}
            </Notice>
        </div>
    }
    .into_any()
}
