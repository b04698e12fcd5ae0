//! What a guardrail's page shows in its form: what was posted last, else what is saved, else an empty guardrail; and what came
//! of trying it.

use crate::actions::guardrails::{Focus, Posted, Step, Typed, new_rule};
use domain::{
    field::FieldError,
    guardrail::{RawGuardrail, Rule},
};
use server::{
    Error,
    auth::{Grant, ManageModels},
    flash::Flash,
    guardrails::{self, GuardrailView, Trial},
};

/// The form's content.
#[derive(Clone)]
pub struct Edited {
    /// Where it is posted to: its own page.
    pub path: String,
    /// It is a guardrail that is not saved yet.
    pub new: bool,
    /// What its fields hold.
    pub typed: Typed,
    /// What is wrong with them.
    pub flash: Flash,
    /// What has the focus.
    pub focus: Option<Focus>,
    /// What came of trying it: nothing without a sample.
    pub trial: Option<Result<Trial, Vec<FieldError>>>,
}

impl Edited {
    /// Of a saved guardrail or of a new one, with what was posted, and tried if there is a sample.
    pub async fn of(
        grant: &Grant<ManageModels>,
        path: String,
        saved: Option<&GuardrailView>,
        posted: Option<Posted>,
    ) -> Result<Self, Error> {
        let step = posted.as_ref().map(|posted| posted.step);
        let Posted { typed, focus, mut refused, .. } =
            posted.unwrap_or_else(|| Posted { typed: first(saved), ..Posted::default() });
        let trial = if typed.sample.is_empty() {
            None
        } else {
            match guardrails::try_out(grant, &typed.raw, &typed.side, &typed.sample).await {
                Ok(trial) => Some(Ok(trial)),
                Err(Error::Invalid(errors)) => Some(Err(errors)),
                Err(other) => return Err(other),
            }
        };
        // While rules are added and moved some are not finished yet: that is no error.
        if let (Some(Step::Try), Some(Err(errors))) = (step, &trial) {
            refused.errors.clone_from(errors);
        }
        Ok(Self { path, new: saved.is_none(), typed, flash: refused, focus, trial })
    }

    /// Whether that part of the form has the focus. The first wrong field goes before.
    pub fn is_focused(&self, focus: Focus) -> bool {
        self.flash.errors.is_empty() && self.focus == Some(focus)
    }

    /// Whether that field is the first that is wrong.
    pub fn is_first_wrong(&self, field: &str) -> bool {
        self.flash.errors.first().is_some_and(|error| error.field == field)
    }
}

/// The form before anything was typed.
fn first(saved: Option<&GuardrailView>) -> Typed {
    let raw = match saved {
        None => RawGuardrail { rules: vec![new_rule()], ..RawGuardrail::default() },
        Some(saved) => RawGuardrail {
            name: saved.name.clone(),
            description: saved.description.clone(),
            max_input: saved.guardrail.max_input.map(|bytes| bytes.to_string()).unwrap_or_default(),
            dry_run: saved.guardrail.dry_run,
            rules: saved.guardrail.rules.iter().map(Rule::raw).collect(),
            version: saved.version.clone(),
        },
    };
    Typed { raw, side: "input".into(), sample: String::new() }
}
