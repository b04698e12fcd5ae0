//! The ways to connect one client: commands in three shells, a link, a piece of a file, an address. The key is covered on the
//! screen until it is shown, and copied whole.

use crate::components::{CopyButton, Icon};
use domain::mcp::connect::{Format, Guide, Product, Step, System, Way};
use leptos::prelude::*;

/// A key and how it looks covered.
type Secret = Option<(String, String)>;

/// The ways.
#[component]
pub fn Ways(
    /// What the client needs.
    guide: Guide,
    /// The key that is filled in.
    secret: Secret,
) -> impl IntoView {
    let client = guide.client.title();
    let several = guide.ways.len() > 1;
    let ways = guide.ways.into_iter().enumerate().map(|(n, way)| {
        let or = (n > 0).then_some("Or: ");
        let title = if n > 0 { way.title.to_lowercase() } else { way.title.to_owned() };
        let heading = several.then(|| view! { <h3>{or} {title}</h3> });
        view! { <div class="way">{heading}<Steps way client secret=secret.clone() /></div> }
    });
    ways.collect_view().into_any()
}

#[component]
fn Steps(way: Way, client: &'static str, secret: Secret) -> impl IntoView {
    let several = way.steps.len() > 1;
    let mind = (!way.mind.is_empty()).then(|| view! { <p class="field-hint">{way.mind}</p> });
    let steps = way.steps.into_iter().enumerate().map(|(n, step)| {
        let number = if several { format!("{}. ", n + 1) } else { String::new() };
        view! { <OneStep step client number secret=secret.clone() /> }
    });
    view! { {steps.collect_view()} {mind} }.into_any()
}

#[component]
fn OneStep(step: Step, client: &'static str, number: String, secret: Secret) -> impl IntoView {
    match step {
        Step::Run(lines) => {
            let lines = lines.into_iter().map(|(shell, product)| {
                let label = format!("{client}, {number}{}", shell.title());
                view! { <div class="in-shell" data-shell=shell.word()><Code product label secret=secret.clone() /></div> }
            });
            view! { <p>{number.clone()} "Run this in a terminal:"</p> {lines.collect_view()} }.into_any()
        }
        Step::Open { link, holds_key } if holds_key && secret.is_none() => {
            drop(link);
            view! { <p class="muted">{number} "The link has the key in it: it is there once a key is filled in."</p> }
                .into_any()
        }
        Step::Open { link, .. } => view! {
            <p>
                <a class="btn btn-primary" href=link.expose().to_owned()>
                    <Icon name="external-link" />{format!("Add to {client}")}
                </a>
            </p>
        }
        .into_any(),
        Step::Write { format, text, places } => {
            let label = format!("{client}, {number}{}", language(format));
            view! {
                <p>{number} "Add this to " {if places.is_empty() { "its configuration:" } else { "its file:" }}</p>
                <Places places />
                <Code product=text label secret />
            }
            .into_any()
        }
        Step::Paste(address) => view! {
            <p>{number} "Paste this address where it asks for one:"</p>
            <Code product=address label=format!("{client}, address") secret />
        }
        .into_any(),
    }
}

fn language(format: Format) -> &'static str {
    match format {
        Format::Json => "JSON",
        Format::Toml => "TOML",
        Format::Yaml => "YAML",
    }
}

#[component]
fn Places(places: &'static [(System, &'static str)]) -> impl IntoView {
    let rows = places.iter().map(|(system, place)| {
        view! { <div><dt>{system.title()}</dt><dd class="mono">{*place}</dd></div> }
    });
    (!places.is_empty()).then(|| view! { <dl class="places">{rows.collect_view()}</dl> }).into_any()
}

/// The text with the key covered, and a button that copies it whole.
#[component]
fn Code(product: Product, label: String, secret: Secret) -> impl IntoView {
    let text = product.expose().to_owned();
    let parts = match secret {
        None => text.clone().into_any(),
        Some((key, masked)) => {
            let pieces: Vec<String> = text.split(&*key).map(str::to_owned).collect();
            let pieces = pieces.into_iter().enumerate().map(|(n, piece)| {
                let veil = (n > 0).then(|| {
                    view! {
                        <span class="veil-cover">{masked.clone()}</span>
                        <span class="veil-key">{key.clone()}</span>
                    }
                });
                view! { {veil} {piece} }
            });
            pieces.collect_view().into_any()
        }
    };
    view! {
        <div class="code">
            <pre tabindex="0" role="region" aria-label=label.clone()><code>{parts}</code></pre>
            <CopyButton text label=format!("Copy {label}") />
        </div>
    }
    .into_any()
}
