//! What models cost: the form to set a price, one model's prices with the way its requests go, and the list of all.

use super::ModelTabs;
use crate::{
    components::{Empty, FormNotice, Frame, Icon, Notice, Pager, Place, Post, Records, TextField, Title, grouped},
    pages::load::{load, param},
    web::{Flashed, Here, query_string},
};
use domain::{
    model::{Dated, ModelName, Price},
    time::Timestamp,
};
use leptos::prelude::*;
use server::{
    auth::{ManageModels, SeeKeys},
    flash::Flash,
    models::{self, PriceHistory, PricedView, Route},
};

/// Models without a price that are named; the rest is counted.
const NAMED: usize = 12;

/// The page. `?model=` shows one model's prices; `after` and `before` are the pages of the two lists.
#[component]
pub fn PricesPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let grant = at.clone().allow::<ManageModels>()?;
        let (after, model) = (here.query("after"), here.query("model"));
        let list = models::prices(&grant, &after).await?;
        let missing = models::unpriced(&grant).await?;
        let known = models::known(&at.clone().allow::<SeeKeys>()?).await?;
        let one = match ModelName::parse(&model) {
            Ok(name) => {
                let route = models::route(&grant, name.as_str()).await?;
                let before = here.query("before");
                let history = models::price_history(&grant, name.as_str(), &before).await?;
                Some((history, before.is_empty(), route, name))
            }
            Err(_) => None,
        };
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let (flashed, now) = (here.flashed(), here.now());
        let path = format!("/w/{slug}/prices");
        let first = (!after.is_empty()).then(|| path.clone());
        let more = list.next.map(|after| format!("{path}{}", query_string(&[("after", &after)])));
        let shown = format!("{} models on this page", list.models.len());
        let context = Context { slug: slug.clone(), path: path.clone(), flashed: flashed.clone(), now };
        let empty = list.models.is_empty();
        let rows = list.models.into_iter().map(|priced| view! { <Row path=path.clone() priced /> });
        let rows = rows.collect_view().into_any();
        let named = one.as_ref().map(|(.., name)| name.to_string()).unwrap_or_default();
        Ok(view! {
            <Title text=format!("Prices · {} · Latchkey", at.workspace_name()) />
            <Frame place active="models" said=flashed.notice()>
                <div class="page-head">
                    <div>
                        <h1>"Models"</h1>
                        <p class="page-lead">
                            "US dollars a million tokens, whichever provider answers. By these a key's spend is counted against its cap."
                        </p>
                    </div>
                </div>
                <ModelTabs slug active="prices" />
                <Missing missing path=path.clone() />
                {one.map(|(history, latest, route, name)| view! { <OneModel context=context.clone() history latest route name /> })}
                <SetPrice context=context known named flash=flashed.of("price") />
                {if empty {
                    view! {
                        <Empty icon="cpu" title="No prices yet" small=true>
                            <p>"A model without a price is open to keys without a spend cap alone: what the others spend could not be counted."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! {
                        <section class="panel" aria-label="Prices">
                            <Records columns=["Model", "Input", "Cached input", "Output", "Holds"] rows />
                        </section>
                        <Pager label="Pages of prices" shown first more more_text="More models" />
                    }
                    .into_any()
                }}
            </Frame>
        })
    })
}

/// What the parts of the page share.
#[derive(Clone)]
struct Context {
    slug: String,
    path: String,
    flashed: Flashed,
    now: Timestamp,
}

fn about(path: &str, model: &str) -> String {
    format!("{path}{}", query_string(&[("model", model)]))
}

/// The models that no key with a spend cap gets.
#[component]
fn Missing(missing: Vec<ModelName>, path: String) -> impl IntoView {
    if missing.is_empty() {
        return ().into_any();
    }
    let title = match missing.len() {
        1 => "1 model has no price".to_owned(),
        count => format!("{} models have no price", grouped(i64::try_from(count).unwrap_or(i64::MAX))),
    };
    let beyond = missing.len().saturating_sub(NAMED);
    let links = missing.into_iter().take(NAMED).map(|name| {
        view! { <a class="link mono" href=about(&path, name.as_str())>{name.to_string()}</a> " " }
    });
    let links = links.collect_view();
    view! {
        <Notice tone="warning" icon="triangle-alert">
            <p class="notice-title">{title}</p>
            <p>"Keys with a spend cap don't get them: "{links} {(beyond > 0).then(|| format!("and {beyond} more"))}</p>
        </Notice>
    }
    .into_any()
}

#[component]
fn SetPrice(context: Context, known: Vec<ModelName>, named: String, flash: Flash) -> impl IntoView {
    let options = known.into_iter().map(|name| view! { <option value=name.to_string()></option> }).collect_view();
    let hidden = vec![("workspace", context.slug), ("about", named.clone())];
    view! {
        <section class="panel" aria-labelledby="set-price">
            <div class="panel-head">
                <h2 id="set-price">"Set a price"</h2>
                <p>"What has held is never changed, so that what a request cost can always be told: a slip is mended by the next price."</p>
            </div>
            <Post action="/console/set_price" hidden>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <div class="field-pair">
                        <TextField
                            name="model"
                            label="Model"
                            hint="As the providers spell it."
                            most=200
                            list="known-models"
                            placeholder="gpt-4.1"
                            value=named
                            flash=flash.clone()
                        />
                        <TextField
                            name="from"
                            label="From"
                            optional=true
                            most=10
                            placeholder="Now"
                            hint="A day to come, such as 2027-01-31 (UTC)."
                            flash=flash.clone()
                        />
                    </div>
                    <datalist id="known-models">{options}</datalist>
                    <div class="price-fields">
                        <TextField name="input_price" label="Input" before="$" most=20 placeholder="2.50" flash=flash.clone() />
                        <TextField
                            name="cached_input_price"
                            label="Cached input"
                            before="$"
                            optional=true
                            most=20
                            placeholder="As input"
                            flash=flash.clone()
                        />
                        <TextField name="output_price" label="Output" before="$" most=20 placeholder="10.00" flash />
                    </div>
                </div>
                <div class="panel-foot"><button class="btn btn-primary">"Set price"</button></div>
            </Post>
        </section>
    }
    .into_any()
}

/// One model: where its requests go, and all its prices.
#[component]
fn OneModel(context: Context, history: PriceHistory, latest: bool, route: Route, name: ModelName) -> impl IntoView {
    let Context { slug, path, flashed, now } = context;
    let tried = route.providers.into_iter().map(|tried| {
        let href = format!("/w/{slug}/models/{}", tried.slug);
        let lost =
            (!tried.ready).then(|| view! { <span class="badge badge-danger">"Its API key can't be opened"</span> });
        view! { <li><a class="link" href=href><bdi>{tried.name}</bdi></a> {lost}</li> }
    });
    let tried = tried.collect::<Vec<_>>();
    let nobody = tried.is_empty();
    // The first that has begun, unless this is a page of earlier ones.
    let holds = history.prices.iter().find(|dated| dated.from <= now).filter(|_| latest).map(|dated| dated.from);
    let rows = history.prices.into_iter().map(|dated| {
        let fields = vec![("workspace", slug.clone()), ("model", name.to_string()), ("from", dated.from.0.to_string())];
        let end = if dated.from > now {
            let label = format!("Take back the price from {}", dated.from.human());
            view! {
                <Post action="/console/remove_price" hidden=fields>
                    <button class="btn btn-small" aria-label=label><Icon name="x" />"Take back"</button>
                </Post>
            }
            .into_any()
        } else if holds == Some(dated.from) {
            view! { <span class="badge badge-success">"Holds"</span> }.into_any()
        } else {
            view! { <span class="muted">"Past"</span> }.into_any()
        };
        view! {
            <tr role="row">
                <td role="cell" class="records-main">{dated.from.human()}</td>
                <Amounts price=dated.value />
                <td role="cell">{end}</td>
            </tr>
        }
    });
    let rows = rows.collect::<Vec<_>>();
    let none = rows.is_empty();
    let rows = rows.collect_view().into_any();
    let before =
        history.next.map(|before| format!("{path}{}", query_string(&[("model", name.as_str()), ("before", &before)])));
    view! {
        <section class="panel" aria-labelledby="one-model">
            <div class="panel-head">
                <h2 id="one-model" class="mono">{name.to_string()}</h2>
                {if nobody {
                    view! { <p>"No provider that is on has it: a request for it is refused."</p> }.into_any()
                } else {
                    view! { <p>"Asked in this order:"</p><ol class="route">{tried}</ol> }.into_any()
                }}
            </div>
            <FormNotice flash=flashed.of("remove-price") />
            {if none {
                view! { <div class="panel-body"><p class="muted">"It has no price yet."</p></div> }.into_any()
            } else {
                view! { <Records columns=["From", "Input", "Cached input", "Output", "State"] rows /> }.into_any()
            }}
        </section>
        <Pager label="Earlier prices" shown="" more=before more_text="Earlier prices" />
    }
    .into_any()
}

#[component]
fn Row(path: String, priced: PricedView) -> impl IntoView {
    let next = priced.ahead.first().map(|next: &Dated<Price>| next.from.day());
    let holds = match (priced.now, next) {
        (Some(now), None) => format!("since {}", now.from.day()),
        (Some(now), Some(next)) => format!("since {}, another from {next}", now.from.day()),
        (None, Some(next)) => format!("from {next}"),
        (None, None) => String::new(),
    };
    let shown = priced.now.or_else(|| priced.ahead.first().copied()).map(|dated| dated.value).unwrap_or_default();
    view! {
        <tr role="row">
            <td role="cell" class="records-main server-main">
                <a class="link mono" href=about(&path, priced.model.as_str())>{priced.model.to_string()}</a>
            </td>
            <Amounts price=shown />
            <td role="cell">{holds}</td>
        </tr>
    }
    .into_any()
}

/// The three amounts of a price, a cell each.
#[component]
fn Amounts(price: Price) -> impl IntoView {
    [("Input ", price.input), ("Cached ", price.cached_input), ("Output ", price.output)]
        .map(|(word, amount)| {
            view! { <td role="cell"><span class="only-narrow muted">{word}</span><span class="mono">{format!("${amount}")}</span></td> }
        })
        .collect_view()
}
