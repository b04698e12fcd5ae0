//! What answers when a guardrail's page is posted to: the form may be longer than a cookie holds, so the page itself takes it
//! and shows it again. Routed in `web::surfaces`.

use super::typed::{Focus, Step, Typed};
use axum::{
    extract::FromRequestParts,
    http::{
        StatusCode,
        header::{LOCATION, SET_COOKIE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use server::{
    Error, Latchkey,
    auth::{Caller, ManageModels},
    flash::{Flash, Slot},
    guardrails,
};

/// The pages that are posted to.
pub const FORM_PAGES: [&str; 2] = ["/w/{workspace}/guardrails/new", "/w/{workspace}/guardrails/{guardrail}"];

/// A posted form on its way to its page.
#[derive(Clone, Debug, Default)]
pub struct Posted {
    /// What was typed, with what its button did.
    pub typed: Typed,
    /// The button.
    pub step: Step,
    /// What has the focus.
    pub focus: Option<Focus>,
    /// Why it was not saved, if it was to be.
    pub refused: Flash,
    /// The answer's status.
    pub status: u16,
}

/// What becomes of a posted form.
pub enum Taken {
    /// Its page is shown with it.
    Shown(Box<Posted>),
    /// It is saved, and the browser goes where this says.
    Saved(Response),
}

impl Posted {
    /// Takes a form: saves it if that is asked for, else does what its button says.
    pub async fn take(latchkey: &Latchkey, parts: &mut Parts, body: &str) -> Taken {
        let (mut typed, step) = Typed::read(body);
        let focus = typed.take(step);
        let mut posted = Self { typed, step, focus, refused: Flash::default(), status: 200 };
        if step != Step::Save {
            return Taken::Shown(Box::new(posted));
        }
        match save(latchkey, parts, &posted.typed).await {
            Ok((to, said)) => {
                let flash = Flash { message: said.into(), ..Flash::default() };
                let cookie = latchkey.seal(Slot::Form, &flash);
                Taken::Saved((StatusCode::SEE_OTHER, [(LOCATION, to), (SET_COOKIE, cookie)]).into_response())
            }
            Err(error) => {
                // Whoever saves again has read what they replace.
                if let Error::Overtaken { version, .. } = &error {
                    posted.typed.raw.version.clone_from(version);
                }
                let errors = error.fields().to_vec();
                let message = if errors.is_empty() { error.to_string() } else { String::new() };
                let refused = Flash { message, errors, ..Flash::default() };
                Taken::Shown(Box::new(Self { refused, status: error.status(), ..posted }))
            }
        }
    }
}

async fn save(latchkey: &Latchkey, parts: &mut Parts, typed: &Typed) -> Result<(String, &'static str), Error> {
    let path = parts.uri.path().to_owned();
    let (Some(workspace), Some(guardrail)) = (path.split('/').nth(2), path.split('/').nth(4)) else {
        return Err(Error::NotFound);
    };
    let caller = Caller::from_request_parts(parts, latchkey).await?;
    let grant = caller.in_workspace(workspace).await?.allow::<ManageModels>()?;
    if guardrail == "new" {
        let id = guardrails::create(&grant, &typed.raw).await?;
        let to = super::page(workspace, id.as_str());
        return Ok((to, "The guardrail is there. Put keys under it on their pages."));
    }
    guardrails::change(&grant, guardrail, &typed.raw).await?;
    Ok((super::page(workspace, guardrail), "Saved. It holds from the next request on."))
}
