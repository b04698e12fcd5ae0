//! A guardrail tried on a sample before it is saved: what would become of the text, and which rules would hit. The sample is
//! kept nowhere and written to no log.

use crate::{
    Error,
    auth::{Grant, ManageModels},
};
use domain::{
    field::FieldError,
    guardrail::{Compiled, Denial, Guardrail, Hit, Piece, RawGuardrail, Side, Verdict},
};

/// The largest sample, in bytes.
pub const SAMPLE_MOST: usize = 64 << 10;

/// What a guardrail would make of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What would become of it, dry run or not.
    pub outcome: Outcome,
    /// The rules that hit, by their place from zero on.
    pub hits: Vec<Hit>,
    /// It would only be recorded.
    pub dry_run: bool,
}

/// What would become of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on as it is.
    Passes,
    /// It goes on in these pieces.
    Redacted(Vec<Piece>),
    /// It does not go on: by a rule, or for its size.
    Denied(Denial),
}

/// Tries an unsaved guardrail on a sample, as `input` or as `output`. What it is called does not matter for that.
pub async fn try_out(
    _grant: &Grant<ManageModels>,
    raw: &RawGuardrail,
    side: &str,
    sample: &str,
) -> Result<Trial, Error> {
    let side = match side.trim() {
        "input" => Side::Input,
        "output" => Side::Output,
        _ => return Err(Error::field("sample_side", "A sample goes to the model or comes from it: choose one.")),
    };
    if sample.len() > SAMPLE_MOST {
        let message = format!("A sample has {} KiB at most. Try a part of it.", SAMPLE_MOST >> 10);
        return Err(Error::field("sample", message));
    }
    let raw = RawGuardrail { name: "Sample".into(), description: String::new(), ..raw.clone() };
    let sample = sample.to_owned();
    Ok(super::aside(move || tried(&raw, side, &sample)).await??)
}

fn tried(raw: &RawGuardrail, side: Side, sample: &str) -> Result<Trial, Vec<FieldError>> {
    let Guardrail { rules, max_input, dry_run } = raw.check()?.guardrail;
    let ready = Compiled::new(&Guardrail { rules, max_input, dry_run: false }).map_err(|error| vec![error])?;
    let judged = ready.judge(side, sample);
    let outcome = match judged.verdict {
        Verdict::Passes => Outcome::Passes,
        Verdict::Redacted(_) => Outcome::Redacted(ready.pieces(side, sample)),
        Verdict::Denied(why) => Outcome::Denied(why),
    };
    Ok(Trial { outcome, hits: judged.report.hits, dry_run })
}
