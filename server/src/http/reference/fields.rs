//! How the domain's own types look in JSON, for the schemas of the answers. The words come from the types themselves.

use crate::surface::{Code, Surface};
use domain::{
    access::Role,
    decision::Access,
    key::{ID_LENGTH, MOST_ADDRESSES, MOST_PER_MINUTE, Permission},
    model::{MODEL_NAME_MOST, MOST_MODELS, Period},
    refusal::Refusal,
    workspace::Plan,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// One of these words.
fn words<T: Serialize>(all: impl IntoIterator<Item = T>) -> Schema {
    let words: Vec<Value> = all.into_iter().filter_map(|word| serde_json::to_value(word).ok()).collect();
    json_schema!({"type": "string", "enum": words})
}

/// Every code that an error can have.
pub(super) fn error_codes() -> Vec<Code> {
    let plain = [
        Code::NotFound,
        Code::MethodNotAllowed,
        Code::RequestTimeout,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::Internal,
    ];
    Refusal::ALL.into_iter().map(Code::Refused).chain(plain).collect()
}

macro_rules! field {
    ($(#[$doc:meta] $name:ident = $schema:expr;)+) => {$(
        #[$doc]
        pub(in crate::http) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )+};
}

field! {
    /// The public part of a key.
    KeyIdText = json_schema!({"type": "string", "pattern": format!("^[0-9A-Za-z]{{{ID_LENGTH}}}$")});
    /// A permission's word.
    PermissionWord = words([Permission::ReadOnly, Permission::ReadWrite]);
    /// A role's word.
    RoleWord = words(Role::ALL);
    /// A plan's word.
    PlanWord = words([Plan::Basic, Plan::Pro]);
    /// What a request wants to do.
    AccessWord = words([Access::Read, Access::Write]);
    /// What a key that answers for itself is.
    StatusWord = words(["enabled"]);
    /// What is said about a key in question.
    VerdictWord = words(Surface::Verify.verdicts());
    /// The code of an error.
    ErrorWord = words(error_codes());
    /// A moment.
    Moment = json_schema!({"type": "string", "format": "date-time"});
    /// An address.
    Address = json_schema!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]});
    /// Addresses and blocks.
    Addresses = json_schema!({"type": "array", "items": {"type": "string"}, "maxItems": MOST_ADDRESSES});
    /// The name of a model.
    ModelText = json_schema!({
        "type": "string", "pattern": format!("^[-A-Za-z0-9._:/@+~]{{1,{MODEL_NAME_MOST}}}$"),
    });
    /// Names of models, and beginnings of names.
    Models = json_schema!({"type": "array", "items": {"type": "string"}, "maxItems": MOST_MODELS});
    /// How long a spend cap counts.
    PeriodWord = words(Period::ALL);
    /// Dollars, to the millionth.
    Dollars = json_schema!({"type": "number", "minimum": 0});
    /// Requests a minute.
    PerMinute = json_schema!({"type": "integer", "minimum": 1, "maximum": MOST_PER_MINUTE});
}
