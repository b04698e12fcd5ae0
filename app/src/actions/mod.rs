//! Server functions: what the console's forms post to. Each reads its fields, asks for a grant, calls one use-case and says
//! where to go next. They work alike with and without script (see [`Form::answer`]).

mod account;
mod connect;
mod entry;
pub mod guardrails;
mod invite;
mod keys;
mod members;
mod models;
mod policies;
mod servers;
mod theme;
mod users;
mod workspaces;

use crate::web::{Flashed, Here, encode};
use domain::field::FieldError;
use leptos::{
    prelude::*,
    server_fn::{codec::JsonEncoding, error::ServerFnErrorErr},
};
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize};
use server::{
    Error,
    auth::local_path,
    flash::{Flash, Slot},
};

/// Where the browser goes after a form that was accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Next {
    /// A path of the console.
    pub to: String,
}

/// A refused form, as the script reads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refused {
    /// What to say at the form's top.
    pub message: String,
    /// What to say at which field.
    pub fields: Vec<FieldError>,
    /// The version that the form has from now on; empty for the one that it had.
    pub version: String,
}

impl FromServerFnError for Refused {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        // Fields that are missing or not text: nobody's browser sends that. The library's sentence names the field.
        if let Some(response) = use_context::<ResponseOptions>() {
            response.set_status(axum::http::StatusCode::BAD_REQUEST);
        }
        let message = match error {
            ServerFnErrorErr::Args(what) | ServerFnErrorErr::MissingArg(what) => {
                format!("The form is not understood: {what}.")
            }
            _ => "The form is not understood.".to_owned(),
        };
        Self { message, fields: Vec::new(), version: String::new() }
    }
}

/// Where a form stood, if it says so and that is a page of ours; else `page`.
fn back_or(back: &str, page: String) -> String {
    match local_path(back) {
        "/" => page,
        path => path.to_owned(),
    }
}

/// A form at hand: its name, the page it stands on, and what was typed into it (never a password).
struct Form<'a> {
    here: &'a Here,
    name: &'static str,
    page: String,
    typed: &'a [(&'a str, &'a str)],
}

impl Form<'_> {
    /// With script, the answer is JSON: where to go, or what is wrong. Without, it is a redirect (Post/Redirect/Get): to
    /// the next page, or back to the form with errors and typed values in a sealed cookie. `said` is shown on the next page.
    fn answer(self, done: Result<(String, Option<String>), Error>) -> Result<Next, Refused> {
        match done {
            Ok((to, said)) => {
                if let Some(message) = said {
                    self.leave(&Flash { message, ..Flash::default() });
                }
                if self.here.wants_html() {
                    self.here.redirect(&to);
                }
                Ok(Next { to })
            }
            Err(Error::Unauthenticated) if self.here.wants_html() => {
                self.here.redirect(&format!("/login?next={}", encode(&self.page)));
                Ok(Next { to: self.page })
            }
            Err(error) => {
                let message = if error.fields().is_empty() { error.to_string() } else { String::new() };
                let fields = error.fields().to_vec();
                // Whoever saves again has read what they replace.
                let version = match &error {
                    Error::Overtaken { version, .. } => version.clone(),
                    _ => String::new(),
                };
                if self.here.wants_html() {
                    let mut typed = Flashed::typed(self.typed);
                    if !version.is_empty() {
                        typed.insert("version".into(), version);
                    }
                    self.leave(&Flash { form: self.name.into(), message, errors: fields, typed });
                    self.here.redirect(&self.page);
                    return Ok(Next { to: self.page });
                }
                self.here.status(error.status());
                Err(Refused { message, fields, version })
            }
        }
    }

    fn leave(&self, flash: &Flash) {
        self.here.set_cookie(&self.here.latchkey.seal(Slot::Form, flash));
    }
}
