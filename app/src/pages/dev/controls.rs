//! What is pressed and filled in: buttons, fields with and without an error, choices, what is folded.

use super::{Subject, sample::refused};
use crate::{
    components::{
        CheckBox, Choices, CopyButton, ErrorText, FormNotice, Icon, Post, RoleSelect, Select, TextArea, TextField,
        error_of,
    },
    pages::keys::{ExpiryField, LimitFold},
};
use domain::{access::Role, workspace::Settings};
use leptos::prelude::*;
use server::flash::Flash;

/// Buttons and links that look like one.
#[component]
pub fn Buttons(theme: &'static str, page: String) -> impl IntoView {
    let looks = [
        ("btn btn-primary", "Create key"),
        ("btn", "Save"),
        ("btn btn-quiet", "Cancel"),
        ("btn btn-danger", "Delete key"),
        ("btn btn-danger-quiet", "Remove"),
    ];
    let button = |class: String, text: &'static str, off: bool| {
        view! { <button type="button" class=class disabled=off>{text}</button> }
    };
    let row = move |size: &'static str, off: bool| {
        let buttons = looks.map(|(class, text)| button(format!("{class} {size}"), text, off));
        view! { <div class="sample-row">{buttons.collect_view()}</div> }.into_any()
    };
    view! {
        <Subject id="buttons" title="Buttons" text="One primary button a page. Small ones stand in rows of a list.">
            {row("", false)}
            {row("btn-small", false)}
            {row("", true)}
            <div class="sample-row">
                <a class="btn btn-primary" href="#buttons"><Icon name="plus" />"A link as a button"</a>
                <button type="button" class="btn"><Icon name="pause" />"With an icon"</button>
                <CopyButton text="copied".into() label="Copy a word".into() />
                <button type="button" class="switch" role="switch" aria-checked="true" aria-label="On"></button>
                <button type="button" class="switch" role="switch" aria-checked="false" aria-label="Off"></button>
                <details class="menu">
                    <summary class="btn-icon" aria-label="More"><Icon name="ellipsis" /></summary>
                    <div class="menu-panel">
                        <a class="menu-item" href="#buttons"><Icon name="pencil" />"Rename"</a>
                        <div class="menu-rule"></div>
                        <a class="menu-item menu-item-danger" href="#buttons"><Icon name="trash-2" />"Delete"</a>
                    </div>
                </details>
            </div>
            <Post action="/console/theme" class="sample-row" label="A form that posts" hidden=vec![("page", page)]>
                <button class="btn" name="theme" value=theme>"Post the theme as it is"</button>
            </Post>
        </Subject>
    }
    .into_any()
}

/// Fields, empty, filled in and refused.
#[component]
pub fn Fields() -> impl IntoView {
    let flash = refused(&[
        ("wrong_name", "", "Name is required."),
        ("wrong_address", "10.0.0.0/64", "“10.0.0.0/64” is no address or block, such as 203.0.113.7 or 10.0.0.0/8."),
        ("wrong_choice", "", "Choose one of them."),
        ("wrong_check", "", "Tick the box if that is meant."),
        ("wrong_group", "", "This error stands below what it is about."),
    ]);
    let said = Flash { message: "A form that was refused as a whole says so here.".into(), ..Flash::default() };
    let plans = move || {
        vec![
            ("pro", "Pro", "Keys work, and members create them.".to_owned()),
            ("basic", "Basic", "Keys are kept and do not work; none can be created.".to_owned()),
        ]
    };
    let options = [("", "Any status"), ("enabled", "Enabled"), ("disabled", "Disabled")];
    let options = move || options.map(|(value, text)| (value.to_owned(), text.to_owned())).to_vec();
    view! {
        <Subject id="fields" title="Fields" text="Label, hint, control, and the error under it. Nothing typed is lost.">
            <FormNotice flash=said />
            <FormNotice flash=Flash::default() />
            <div class="field-pair">
                <TextField name="plain_name" label="Name" placeholder="CI pipeline" most=80 />
                <TextField name="wrong_name" label="Name, refused" flash=flash.clone() />
            </div>
            <div class="field-pair">
                <TextField name="filled" label="Filled in, with a hint" value="Claude Code, laptop" hint="What others see." />
                <TextField name="joined" label="After a text" before="/w/" value="acme" optional=true />
            </div>
            <div class="field-pair">
                <TextField name="secret" label="Password" kind="password" />
                <TextField name="number" label="Number" numeric=true value="60" optional=true />
            </div>
            <TextArea name="address" label="Several lines" hint="One address or block a line." placeholder="203.0.113.7" flash=Flash::default() value="" />
            <TextArea name="wrong_address" label="Several lines, refused" hint="One address or block a line." placeholder="" flash=flash.clone() value="" />
            <Choices name="choice" legend="Choices" chosen="pro".into() flash=Flash::default() choices=plans() />
            <Choices name="wrong_choice" legend="Choices, refused" chosen="basic".into() flash=flash.clone() choices=plans() />
            <CheckBox name="check" title="A check box" text="With a sentence about what it does." checked=true />
            <CheckBox name="wrong_check" title="A check box, refused" text="Its error stands under it." flash=flash.clone() />
            <ErrorText name="wrong_group" error=error_of(&flash, "wrong_group") />
            <ExpiryField settings=Settings::default() flash=Flash::default() />
            <LimitFold flash=Flash::default() />
            <div class="sample-row">
                <Select name="status" label="Status" options=options() chosen=String::new() />
                <Select name="status_set" label="Status, set" options=options() chosen="enabled".into() set=true />
                <RoleSelect label="Role" chosen=Role::Developer />
            </div>
        </Subject>
    }
    .into_any()
}
