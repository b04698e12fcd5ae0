//! Guardrails by their use-cases: made, changed, tried on a sample that no log holds, put over a key, kept by its successor.

use crate::world::{World, new_key};
use domain::{
    guardrail::{Denial, Hit, Piece, RawGuardrail, RawRule},
    model::ModelLimits,
};
use server::{
    Error,
    audit::{AuditLog, AuditQuery},
    auth::{ChangeKey, ManageModels, SeeKeys},
    guardrails::{self, Outcome, SAMPLE_MOST},
    keys,
};

on_both_engines!(a_guardrail_is_made_changed_and_deleted, a_key_is_put_under_a_guardrail);
on_sqlite![a_guardrail_is_tried];

fn rule(find: &str, text: &str, effect: &str) -> RawRule {
    let [find, text, effect, side] = [find, text, effect, "both"].map(String::from);
    RawRule { find, text, effect, side, ..RawRule::default() }
}

fn raw(name: &str, rules: Vec<RawRule>) -> RawGuardrail {
    RawGuardrail { name: name.into(), rules, ..RawGuardrail::default() }
}

fn fields<T>(answer: Result<T, Error>) -> Vec<String> {
    let Err(error) = answer else { panic!("it was accepted") };
    error.fields().iter().map(|field| field.field.clone()).collect()
}

/// What the audit log says of guardrails, the latest first.
async fn recorded(world: &World) -> Vec<String> {
    let log = AuditLog::of(&world.grant("acme").await);
    let events = log.page(&AuditQuery::default()).await.unwrap().events;
    let mut actions: Vec<_> = events.into_iter().map(|event| event.action).collect();
    actions.retain(|action| action.starts_with("guardrail."));
    // The clock of these tests stands still.
    actions.sort();
    actions
}

async fn a_guardrail_is_made_changed_and_deleted(world: &World) {
    let grant = world.grant::<ManageModels>("acme").await;
    let personal = raw("Personal data", vec![rule("email", "", "redact")]);
    let id = guardrails::create(&grant, &personal).await.unwrap();
    let again = raw("PERSONAL DATA", Vec::new());
    assert_eq!(fields(guardrails::create(&grant, &again).await), ["name"], "it is taken");
    let wrong = RawGuardrail { max_input: "x".into(), ..raw("", vec![rule("pattern", "(", "deny")]) };
    assert_eq!(fields(guardrails::create(&grant, &wrong).await), ["name", "max_input", "rules.1.text"]);
    assert_eq!(fields(guardrails::change(&grant, id.as_str(), &wrong).await).len(), 3);

    let changed = RawGuardrail { description: "Of customers".into(), dry_run: true, ..personal };
    guardrails::change(&grant, id.as_str(), &changed).await.unwrap();
    let shown = guardrails::show(&grant, id.as_str()).await.unwrap();
    assert_eq!((shown.description.as_str(), shown.keys), ("Of customers", 0));
    assert_eq!(shown.guardrail, changed.check().unwrap().guardrail);
    assert_eq!(guardrails::list(&grant, "").await.unwrap().guardrails, vec![shown.clone()]);
    let theirs = RawGuardrail { description: "Of staff".into(), version: shown.version, ..changed.clone() };
    guardrails::change(&grant, id.as_str(), &theirs).await.unwrap();
    guardrails::change(&grant, id.as_str(), &theirs).await.expect("the same once more overwrites nobody");
    let mine = RawGuardrail { description: "Mine".into(), ..theirs };
    let Err(Error::Overtaken { version, .. }) = guardrails::change(&grant, id.as_str(), &mine).await else { panic!() };
    assert_eq!(guardrails::show(&grant, id.as_str()).await.unwrap().description, "Of staff");
    guardrails::change(&grant, id.as_str(), &RawGuardrail { version, ..mine }).await.unwrap();
    assert_eq!(guardrails::show(&grant, id.as_str()).await.unwrap().description, "Mine");
    assert!(matches!(guardrails::change(&grant, "gone", &changed).await, Err(Error::NotFound)));

    world.workspace("other", domain::workspace::Settings::default()).await;
    let other = world.grant::<ManageModels>("other").await;
    assert!(matches!(guardrails::show(&other, id.as_str()).await, Err(Error::NotFound)));
    assert!(matches!(guardrails::change(&other, id.as_str(), &changed).await, Err(Error::NotFound)));
    assert!(matches!(guardrails::delete(&other, id.as_str()).await, Err(Error::NotFound)));

    guardrails::delete(&grant, id.as_str()).await.unwrap();
    assert!(matches!(guardrails::delete(&grant, id.as_str()).await, Err(Error::NotFound)));
    assert_eq!(recorded(world).await, [&["guardrail.create", "guardrail.delete"][..], &["guardrail.edit"; 4]].concat());
}

async fn a_key_is_put_under_a_guardrail(world: &World) {
    let manage = world.grant::<ManageModels>("acme").await;
    let change = world.grant::<ChangeKey>("acme").await;
    let personal = guardrails::create(&manage, &raw("Personal data", Vec::new())).await.unwrap();
    let key = world.key(new_key("CI")).await;
    let seen = world.grant::<SeeKeys>("acme").await;
    let offered = keys::guardrail_choices(&seen, None).await.unwrap();
    assert_eq!(offered.guardrails, [(personal.to_string(), "Personal data".to_owned())]);
    assert_eq!((offered.guardrail.as_str(), offered.name()), ("", None));

    let limit = |key: String, guardrail: String| {
        let change = &change;
        async move { keys::limit_models(change, &key, "o3", "", "", &guardrail).await }
    };
    assert_eq!(fields(limit(key.id.clone(), "gone".into()).await), ["guardrail"]);
    assert_eq!(world.view(&key.id).await.model, ModelLimits::default(), "what is refused changes nothing");
    limit(key.id.clone(), personal.to_string()).await.unwrap();
    let before = world.view(&key.id).await.model;
    assert_eq!((before.guardrail.as_ref(), before.models.written().as_str()), (Some(&personal), "o3"));
    let chosen = keys::guardrail_choices(&seen, before.guardrail.as_ref()).await.unwrap();
    assert_eq!(chosen.name(), Some("Personal data"));

    let Err(Error::Forbidden(why)) = guardrails::delete(&manage, personal.as_str()).await else { panic!("in use") };
    assert!(why.contains("1 key is under this guardrail"), "{why}");
    let made = keys::rotate(&change, &key.id, "now").await.unwrap();
    world.secret(&made.key.expose()[made.key.expose().len() - 38..][..32]);
    assert_eq!(world.view(made.view.id.as_str()).await.model, before, "a successor is under it too");
    assert_eq!(guardrails::show(&manage, personal.as_str()).await.unwrap().keys, 2);
    limit(made.view.id.to_string(), String::new()).await.unwrap();
    assert_eq!(world.view(made.view.id.as_str()).await.model.guardrail, None);
}

async fn a_guardrail_is_tried(world: &World) {
    let grant = world.grant::<ManageModels>("acme").await;
    let rules = raw("", vec![rule("email", "", "redact"), rule("word", "project x", "deny")]);
    let tried = |sample: &str| {
        let (grant, rules, sample) = (&grant, &rules, sample.to_owned());
        async move { guardrails::try_out(grant, rules, "input", &sample).await.unwrap() }
    };
    let secret = "confidential4f1c9e7d20ab4f1c9e7d20ab";
    world.secret(secret);
    let trial = tried(&format!("{secret} to ada@example.com")).await;
    let piece = |text: String, rule| Piece { text, rule };
    let wanted = vec![piece(format!("{secret} to "), None), piece("[e-mail]".into(), Some(0))];
    assert_eq!(
        (trial.outcome, trial.hits, trial.dry_run),
        (Outcome::Redacted(wanted), vec![Hit { rule: 0, times: 1 }], false)
    );
    assert_eq!(tried("of PROJECT X").await.outcome, Outcome::Denied(Denial::Rule(1)));
    assert_eq!(tried(secret).await.outcome, Outcome::Passes);

    let small = RawGuardrail { max_input: "3".into(), dry_run: true, ..rules.clone() };
    let trial = guardrails::try_out(&grant, &small, "input", "four").await.unwrap();
    assert_eq!(
        (trial.outcome, trial.dry_run),
        (Outcome::Denied(Denial::Size), true),
        "a dry run says what it would do"
    );
    let most = "a".repeat(SAMPLE_MOST);
    assert!(guardrails::try_out(&grant, &rules, "output", &most).await.is_ok());
    assert_eq!(fields(guardrails::try_out(&grant, &rules, "output", &format!("{most}a")).await), ["sample"]);
    assert_eq!(fields(guardrails::try_out(&grant, &rules, "both", "x").await), ["sample_side"]);
    let wrong = raw("", vec![rule("pattern", &format!("({secret}"), "deny")]);
    assert_eq!(fields(guardrails::try_out(&grant, &wrong, "input", "x").await), ["rules.1.text"]);

    assert_eq!(recorded(world).await, [""; 0], "trying changes nothing");
}
