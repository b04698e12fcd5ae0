//! By what a request asks for another model than it names, or for one that is dearer than its price: read of a body's members by
//! [`Request`](super::Request).

use super::{
    BadBody, Failure,
    json::{Members, elements, string},
    request::truth,
};
use std::borrow::Cow;

/// By what some upstreams (`OpenRouter`, `LiteLLM`) answer with another model than the one that is named; the last may hold
/// any of the others. Not one of them is a member of OpenAI's API.
const ROUTING: [&str; 8] = [
    "models",
    "route",
    "preset",
    "plugins",
    "fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "extra_body",
];
/// How `OpenRouter` calls tools of its own, some of which ask other models.
const ROUTING_TOOLS: &str = "openrouter:";
/// By what `OpenRouter` may take more than the model's price: a dearer maker of the same model.
const DEARER: &str = "provider";
/// Tiers of service that cost no more than the model's price: others may.
const TIERS: [&str; 4] = ["default", "auto", "flex", "standard"];

/// The member by which other models than the one that is named may answer, if there is one.
pub(super) fn names_other_models(members: &Members<'_>) -> Option<&'static str> {
    let routing = ROUTING.into_iter().find(|name| members.given(name).is_some());
    routing.or_else(|| has_routing_tools(members).then_some("tools"))
}

/// Whether one of its tools may ask another model.
fn has_routing_tools(members: &Members<'_>) -> bool {
    // Nearly none has any, by that name or by one that is spelt by escapes.
    let suspect = |tools: &&str| tools.contains(ROUTING_TOOLS) || tools.contains("\\u");
    let tools = members.given("tools").filter(suspect).and_then(elements).unwrap_or_default();
    let kinds = tools.into_iter().filter_map(|tool| string(Members::of(tool)?.given("type")?).map(Cow::into_owned));
    kinds.into_iter().any(|kind| kind.starts_with(ROUTING_TOOLS))
}

/// Why a body is not for a key with a cap.
pub(super) fn not_with_cap(members: &Members<'_>) -> Result<Option<Failure>, BadBody> {
    if truth(members, "background")?.unwrap_or(false) {
        return Ok(Some(Failure::BackgroundWithCap));
    }
    let is_dear = |tier| !string(tier).is_some_and(|tier| TIERS.contains(&&*tier));
    let tier = members.given("service_tier").is_some_and(is_dear).then_some("service_tier");
    let dearer = tier.or_else(|| members.given(DEARER).map(|_| DEARER));
    Ok(dearer.map(Failure::DearerWithCap))
}

#[cfg(test)]
mod tests {
    use super::super::{Endpoint, Request};
    use super::*;

    fn read(endpoint: Endpoint, body: &str) -> Request<'_> {
        Request::read(endpoint, body.as_bytes()).unwrap()
    }

    #[test]
    fn what_may_be_dearer_is_not_for_keys_with_a_cap() {
        let of = |tier: &str| {
            let body = format!(r#"{{"model":"m","service_tier":{tier}}}"#);
            read(Endpoint::ChatCompletions, &body).not_with_cap()
        };
        for fine in ["null", r#""default""#, r#""auto""#, r#""fl\u0065x""#, r#""standard""#] {
            assert_eq!(of(fine), None, "{fine}");
        }
        for dear in [r#""priority""#, r#""Default""#, r#""""#, "1", "{}", "[]", "true"] {
            assert_eq!(of(dear), Some(Failure::DearerWithCap("service_tier")), "{dear}");
        }
        for (member, dearer) in
            [("provider", true), ("pr\\u006fvider", true), ("providers", false), ("metadata", false)]
        {
            let body = format!(r#"{{"model":"m","{member}":{{"id":"web"}}}}"#);
            assert_eq!(read(Endpoint::ChatCompletions, &body).not_with_cap().is_some(), dearer, "{member}");
        }
        assert_eq!(read(Endpoint::Responses, r#"{"model":"m","provider":null,"plugins":null}"#).not_with_cap(), None);
    }
}
