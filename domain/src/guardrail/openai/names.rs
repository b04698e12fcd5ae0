//! Names of members that a person chose, and that are texts like their strings: those of metadata and variables, and those that
//! a tool's parameters or an answer's schema give to what they describe. Asked for every name of a request.

use super::{
    places::{FREE, SETTINGS, name, names, nearest},
    strings::{Leaf, Step, content, walk},
};
use std::collections::HashSet;

/// The words of JSON Schema, of its drafts and of `OpenAPI`'s: what describes, and is not described.
const KEYWORDS: [&str; 64] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "discriminator",
    "else",
    "enum",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
];

/// The words of a schema under which names are given.
const GIVING: [&str; 6] =
    ["$defs", "definitions", "dependentRequired", "dependentSchemas", "patternProperties", "properties"];

/// Whether the name that a way in a request ends with is one that a person chose.
pub(super) fn is_chosen(path: &[Step<'_>]) -> bool {
    let Some((_, above)) = path.split_last() else { return false };
    if name(above.first()).is_none_or(|first| SETTINGS.contains(&first)) {
        return false;
    }
    let (mut under, mut names_follow) = (Under::Nothing, false);
    for name in names(above) {
        // What it calls something says nothing about what is below.
        let is_given = names_follow;
        under = match under {
            Under::Nothing if matches!(name, "parameters" | "schema") => Under::Schema,
            Under::Nothing if FREE.contains(&name) => Under::Value,
            Under::Schema if !is_given && matches!(name, "default" | "examples") => Under::Value,
            under => under,
        };
        names_follow = matches!(under, Under::Schema) && !is_given && GIVING.contains(&name);
    }
    match under {
        Under::Nothing => false,
        Under::Schema => names_follow || KEYWORDS.binary_search(&nearest(path)).is_err(),
        Under::Value => true,
    }
}

/// What a member's name stands in.
#[derive(Clone, Copy)]
enum Under {
    /// Nothing that a person is free in.
    Nothing,
    /// A schema, which has words of its own.
    Schema,
    /// Something in which every name is a person's.
    Value,
}

/// Whether two members of one object are called alike.
pub(super) fn has_twins(json: &str) -> bool {
    // The names of the objects that are open, by how deep they lie.
    let (mut open, mut found) = (Vec::new(), false);
    let walked = walk(json, |path, leaf| match leaf {
        Leaf::Object => {
            open.truncate(path.len() - 1);
            open.resize_with(path.len(), HashSet::new);
        }
        Leaf::Name(at) => {
            found |= open.get_mut(path.len() - 1).is_some_and(|names| !names.insert(content(&json[at])));
        }
        _ => {}
    });
    walked.is_err() || found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(json: &str) -> Vec<String> {
        let mut found = Vec::new();
        walk(json, |path, leaf| {
            if let Leaf::Name(at) = leaf {
                found.extend(is_chosen(path).then(|| content(&json[at]).into_owned()));
            }
        })
        .unwrap();
        found
    }

    #[test]
    fn names_that_a_person_chose() {
        assert!(KEYWORDS.is_sorted());
        let body = r#"{"model":"m","metadata":{"n1":"x","type":{"n2":1}},"reasoning":{"metadata":{"x":1}},
            "messages":[{"role":"user","content":"c"}],"unknown":{"x":{"y":1}},
            "tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object",
              "properties":{"n3":{"type":"string","description":"d","default":{"n4":{"type":1}}},"title":{"enum":["e"]},
                "metadata":{"type":"object","description":"d","properties":{"n8":{}}}},
              "required":["n3"],"$defs":{"n5":{"anyOf":[{"$ref":"r"},{"properties":{"n\u0036":{}}}]}}}}}],
            "response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"items":{"properties":{"n7":{}}}}}}}"#;
        assert_eq!(chosen(body), ["n1", "type", "n2", "n3", "n4", "type", "title", "metadata", "n8", "n5", "n6", "n7"]);
        let body = r#"{"model":"m","input":"i","prompt":{"id":"p","variables":{"n1":{"type":"input_text","text":"t"}}},
            "tools":[{"type":"function","name":"f","parameters":{"properties":{"n2":{}}}}],"tool_choice":{"parameters":{"x":1}}}"#;
        assert_eq!(chosen(body), ["n1", "type", "text", "n2"]);
    }

    #[test]
    fn twins() {
        for json in [r#"{"a":1,"a":2}"#, r#"[{"b":{"a":{},"c":[],"\u0061":[]}}]"#, r#"{"a":{"b":1},"c":{"a":1},"a":2}"#]
        {
            assert!(has_twins(json), "{json}");
        }
        for json in ["{}", r#"{"a":{"a":{"a":"a"}},"b":[{"a":1},{"a":1}],"c":{"a":1}}"#, r#"["a","a"]"#] {
            assert!(!has_twins(json), "{json}");
        }
    }
}
