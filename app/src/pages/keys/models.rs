//! Which models a key may use, for how much money and under which guardrail: the fields, folded in the create form, and the
//! panel on the key's page with what it has spent.

use super::{
    row::{RowContext, key_fields},
    spend_text,
    under::UnderField,
};
use crate::components::{ErrorText, FormNotice, Icon, Notice, Post, Select, TextArea, TextField, error_of};
use domain::{
    access::Reach,
    model::{Cap, MOST_MODELS, ModelLimits, ModelName, ModelPattern, ModelScope, Period},
    sample::Sampling,
    time::Timestamp,
};
use leptos::prelude::*;
use server::{
    flash::Flash,
    keys::{GuardrailChoices, KeyView},
};

/// Models and patterns that a sentence names; the rest is counted.
const NAMED: usize = 3;
/// Models of the workspace that a hint names.
const HINTED: usize = 6;

/// What a form offers.
#[derive(Clone, Default)]
pub struct ModelChoices {
    /// The models of the workspace.
    pub known: Vec<ModelName>,
    /// Its guardrails.
    pub guardrails: GuardrailChoices,
    /// Which calls it samples, which is told beside them.
    pub samples: Option<Sampling>,
}

impl ModelChoices {
    /// Whether there is anything to choose: models or guardrails in the workspace, or limits that the key has already.
    pub fn is_offered(&self, limits: &ModelLimits) -> bool {
        !self.known.is_empty() || !self.guardrails.guardrails.is_empty() || *limits != ModelLimits::default()
    }
}

/// The fields of a form that are about models.
pub const FIELDS: [&str; 4] = ["models", "spend_cap", "spend_period", "guardrail"];

/// Whether a form comes with something about models typed into it.
pub fn is_filled(flash: &Flash) -> bool {
    let about = FIELDS.iter().filter(|field| **field != "spend_period");
    about.filter_map(|field| flash.typed.get(*field)).any(|typed| !typed.is_empty())
}

/// The fields, folded until somebody opens them, one is wrong, or they are filled in from another key.
#[component]
pub fn ModelFold(
    /// What can be chosen.
    choices: ModelChoices,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let wrong = FIELDS.iter().any(|field| error_of(&flash, field).is_some());
    let open = wrong || is_filled(&flash);
    let told = choices.samples.map(|samples| view! { <p class="muted">{samples.told()}</p> });
    view! {
        <details class="fold" open=open>
            <summary>
                <Icon name="chevron-right" />
                <span class="fold-title">"Models"</span>
                <span class="fold-none">"every model of the workspace, without a spend cap"</span>
                <span class="badge fold-set fold-models">"Chosen models"</span>
                <span class="badge fold-set fold-cap">"Spend cap"</span>
                <span class="badge fold-set fold-guardrail">"Guardrail"</span>
            </summary>
            <div class="fields">{told} <ModelFields choices limits=ModelLimits::default() flash may_lift=true /></div>
        </details>
    }
    .into_any()
}

#[component]
fn ModelFields(choices: ModelChoices, limits: ModelLimits, flash: Flash, may_lift: bool) -> impl IntoView {
    let ModelChoices { known, guardrails, samples: _ } = choices;
    let has = match known.len() {
        0 => String::new(),
        count if count <= HINTED => format!(" The workspace has {}.", listed(&known)),
        _ => format!(" The workspace has {} and others.", listed(&known[..HINTED])),
    };
    let hint =
        format!("One a line, {MOST_MODELS} at most; gpt-4.1* is every name that begins so. Empty: every model.{has}");
    let cap = limits.cap.map(|cap| cap.amount.to_string()).unwrap_or_default();
    let kept = limits.cap.map_or(Period::Month, |cap| cap.period);
    let period = flash.typed.get("spend_period").filter(|typed| !typed.is_empty()).cloned();
    let options = Period::ALL.map(|period| (period.word().to_owned(), period_text(period).to_owned())).to_vec();
    view! {
        <TextArea
            name="models"
            label="Models"
            hint
            placeholder="gpt-4.1*"
            value=limits.models.written()
            flash=flash.clone()
        />
        <div class="field-pair">
            <TextField
                name="spend_cap"
                label="Spend cap"
                before="$"
                optional=true
                most=20
                placeholder="No cap"
                hint="In US dollars. It stops when it is reached."
                value=cap
                flash=flash.clone()
            />
            <div class="field">
                <p class="field-label">"Counted"</p>
                <p class="field-hint">"Days, weeks and months begin at midnight UTC."</p>
                <Select
                    name="spend_period"
                    label="Spend cap is counted"
                    options
                    chosen=period.unwrap_or_else(|| kept.word().to_owned())
                />
                <ErrorText name="spend_period" error=error_of(&flash, "spend_period") />
            </div>
        </div>
        <UnderField
            name="guardrail"
            label="Guardrail"
            none="None: prompts and answers go on as they are"
            options=guardrails.guardrails
            now=guardrails.guardrail
            flash
            may_lift
        />
    }
    .into_any()
}

/// The panel on a key's page: what holds, what is spent, and a form for who may change the key.
#[component]
pub fn ModelPanel(
    /// The key.
    key: KeyView,
    /// What can be chosen.
    choices: ModelChoices,
    /// How far the caller may go with keys of the workspace.
    reach: Option<Reach>,
    /// Whether the caller sees the guardrails' pages.
    sees_guardrails: bool,
    /// Where its form comes back to.
    context: RowContext,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    if !choices.is_offered(&key.model) {
        return ().into_any();
    }
    let lead = summary(&key.model);
    let under = choices.guardrails.name().map(str::to_owned).map(|name| {
        let page = format!("/w/{}/guardrails/{}", key.workspace, choices.guardrails.guardrail);
        let name = if sees_guardrails {
            view! { <a class="link" href=page><bdi>{name}</bdi></a> }.into_any()
        } else {
            view! { <bdi>{name}</bdi> }.into_any()
        };
        view! { " Its prompts and answers go through the guardrail " {name} "." }
    });
    let spend = key.model.cap.map(|cap| view! { <Spent key=key.clone() cap now=context.now /> });
    let told = choices.samples.map(|samples| format!(" {}", samples.told()));
    let form = key.may_change.then(|| {
        view! {
            <Post action="/console/limit_key_models" hidden=key_fields(&context, &key)>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <ModelFields choices limits=key.model.clone() flash may_lift=reach == Some(Reach::AllKeys) />
                </div>
                <div class="panel-foot"><button class="btn">"Save models"</button></div>
            </Post>
        }
    });
    view! {
        <section class="panel" aria-labelledby="models-title">
            <div class="panel-head"><h2 id="models-title">"Models and spend"</h2><p dir="auto">{lead} {under} {told}</p></div>
            <div class="panel-body">{spend}</div>
            {form}
        </section>
    }
    .into_any()
}

/// What a key has spent of its cap.
#[component]
fn Spent(key: KeyView, cap: Cap, now: Timestamp) -> impl IntoView {
    let (spent, reserved) = (key.account.settled, key.account.reserved);
    let held = (reserved.micros() > 0).then(|| format!(" ${reserved} more is held by requests under way."));
    let back = key.back_at.map(|at| {
        view! {
            <p>
                "It is back by itself "
                <time datetime=at.rfc3339() title=at.human()>{at.ahead(now)}</time>
                ", or at once under a higher cap."
            </p>
        }
    });
    let exhausted = (spent >= cap.amount).then(|| {
        let back =
            back.map_or_else(|| view! { <p>"A higher cap lets it work again."</p> }.into_any(), IntoAny::into_any);
        view! {
            <Notice tone="warning" icon="triangle-alert">
                <p class="notice-title">"Its spend cap is reached"</p>
                {back}
            </Notice>
        }
    });
    let words = spend_text(&key).unwrap_or_default();
    view! {
        <div class="spend">
            {exhausted}
            <p class="spend-words">{words} " spent." {held}</p>
            <progress class="spend-bar" max="1000" value=share(&key) aria-label="Share of the spend cap that is spent"></progress>
        </div>
    }
    .into_any()
}

/// The thousandths of the cap that are spent, at most all.
fn share(key: &KeyView) -> i64 {
    let cap = key.model.cap.map_or(1, |cap| cap.amount.micros().max(1));
    let spent = i128::from(key.account.settled.micros()) * 1_000 / i128::from(cap);
    i64::try_from(spent.min(1_000)).unwrap_or(1_000)
}

fn period_text(period: Period) -> &'static str {
    match period {
        Period::Total => "In total",
        Period::Day => "Per day",
        Period::Week => "Per week",
        Period::Month => "Per month",
    }
}

/// What is set, in one sentence.
fn summary(limits: &ModelLimits) -> String {
    let models = match &limits.models {
        ModelScope::All => "Uses every model of the workspace".to_owned(),
        ModelScope::These(list) if list.is_empty() => "Uses no model".to_owned(),
        ModelScope::These(list) if list.len() <= NAMED => format!("Uses {}", listed(list)),
        ModelScope::These(list) => {
            format!(
                "Uses {} and {} more",
                list[..NAMED].iter().map(ModelPattern::to_string).collect::<Vec<_>>().join(", "),
                list.len() - NAMED
            )
        }
    };
    match limits.cap {
        None => format!("{models}, without a spend cap."),
        Some(Cap { amount, period: Period::Total }) => format!("{models}, for ${amount} in total."),
        Some(Cap { amount, period }) => format!("{models}, for ${amount} a {}.", period.word()),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed<T: ToString>(names: &[T]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries() {
        let of = |models: &str, cap: &str, period: &str| summary(&ModelLimits::check(models, cap, period).unwrap());
        assert_eq!(of("", "", ""), "Uses every model of the workspace, without a spend cap.");
        assert_eq!(of("o3", "25", "month"), "Uses o3, for $25.00 a month.");
        assert_eq!(of("o3\ngpt-4.1*", "0.5", "total"), "Uses gpt-4.1* and o3, for $0.50 in total.");
        assert_eq!(of("a, b, c, d, e", "1", "day"), "Uses a, b, c and 2 more, for $1.00 a day.");
        let none = ModelLimits { models: ModelScope::These(Vec::new()), ..ModelLimits::default() };
        assert_eq!(summary(&none), "Uses no model, without a spend cap.");
    }
}
