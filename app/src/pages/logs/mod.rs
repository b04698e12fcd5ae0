//! The log of a workspace's requests: every request that carried a key of it, the newest first, narrowed by what stands in the
//! URL.

mod filters;
mod list;
mod live;
mod query;
mod sample;

use crate::{
    components::{Exports, Frame, Place, Title},
    pages::load::{load, param},
    web::Here,
};
use domain::{key::McpScope, sample::Sampling};
use filters::Filters;
use leptos::prelude::*;
use list::Lines;
pub use list::log_row;
use live::LiveBar;
pub use sample::{Reading, SAMPLE_PAGE, SamplePage};
use server::{
    auth::{SeeKeys, SeeServers},
    keys,
    logs::{self, LogList, LogQuery},
    models,
};

/// The page.
#[component]
pub fn LogsPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let seen = at.clone().allow::<SeeKeys>()?;
        let query = query::read(&here);
        // What is wrong with the filters is said beside them.
        let (list, wrong) = match logs::page(&seen, &at, &query).await {
            Ok(list) => (list, None),
            Err(error) if !error.fields().is_empty() => (LogList::default(), Some(error)),
            Err(error) => return Err(error),
        };
        let choices = filters::Choices {
            environments: keys::environments(&seen).await?,
            servers: keys::scope_choices(&at.clone().allow::<SeeServers>()?, &McpScope::default()).await?.servers,
            models: models::known(&seen).await?,
        };
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let path = format!("/w/{slug}/logs");
        let workspace = format!("/w/{slug}");
        let said = at.settings().samples.map_or_else(|| "No prompt and no answer is in it.".into(), Sampling::told);
        let refused = wrong.is_some();
        // What comes in is on the first page.
        let asked = (!refused && query.after.is_empty()).then(|| query::write(&query));
        let bar = asked.map(|asked| view! { <LiveBar path=path.clone() asked now=here.now() /> });
        Ok(view! {
            <Title text=format!("Logs · {} · Latchkey", at.workspace_name()) />
            <Frame place active="logs">
                <div class="page-head">
                    <div>
                        <h1>"Logs"</h1>
                        <p class="page-lead">
                            "Every request that carried a key of " <bdi>{at.workspace_name().to_owned()}</bdi> ". " {said}
                        </p>
                    </div>
                    {(!refused).then(|| {
                        let asked = query::write(&LogQuery { after: String::new(), ..query.clone() });
                        view! { <div class="page-actions"><Exports path=path.clone() asked /></div> }
                    })}
                </div>
                <Filters path=path.clone() query=query.clone() choices wrong />
                {bar}
                {(!refused).then(|| view! { <Lines path workspace query list now=here.now() /> })}
            </Frame>
        })
    })
}
