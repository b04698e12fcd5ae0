//! The operations, in the order in which somebody reads about them.

use super::super::{answer, me, verify};
use crate::surface::Surface;
use schemars::{JsonSchema, Schema, generate::SchemaSettings};

/// A path of the data plane with all its methods.
#[derive(Debug)]
pub struct Operation {
    /// Its name in the document, and its anchor on the page.
    pub id: &'static str,
    /// What its answers are counted under.
    pub surface: Surface,
    /// In lower case.
    pub methods: &'static [&'static str],
    /// The path.
    pub path: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// The rest, paragraph by paragraph.
    pub text: &'static [&'static str],
    /// What it asks for.
    pub credential: Credential,
    /// Headers of the request, those of the credential left out.
    pub headers: &'static [Parameter],
    /// The schema of its body, and one to try.
    pub body: Option<Part>,
    /// What it answers if the answer is no error.
    pub ok: Success,
    /// How to try it; `{url}` is this installation's.
    pub curl: &'static str,
}

/// Whom an operation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Everybody.
    None,
    /// A key.
    Key,
    /// A gateway key.
    Gateway,
    /// A gateway key in a header of its own, and the client's key.
    Both,
    /// The token of the metrics, or nothing on this machine.
    MetricsToken,
}

/// A header.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub text: &'static str,
}

/// JSON of one shape.
#[derive(Debug)]
pub struct Part {
    /// The shape's name.
    pub name: &'static str,
    /// One that has it.
    pub example: &'static str,
}

/// An answer that is no error.
#[derive(Debug)]
pub struct Success {
    /// What it says.
    pub text: &'static str,
    /// Its body.
    pub body: Content,
    /// Its headers, beside those of every answer.
    pub headers: &'static [Parameter],
}

/// A body.
#[derive(Debug)]
pub enum Content {
    /// None.
    Nothing,
    /// Plain text, such as this.
    Text(&'static str),
    /// JSON of a shape.
    Json(Part),
    /// The document itself.
    Document,
}

const ME: &str = r#"{
  "key": {
    "id": "FkpZy5FW",
    "name": "CI",
    "environment": "prod",
    "permission": "read_write",
    "gateway": false,
    "status": "enabled"
  },
  "owner": { "name": "Mina", "email": "mina@example.com", "role": "developer" },
  "workspace": { "slug": "acme", "name": "Acme", "plan": "pro" },
  "limits": {
    "expires_at": "2026-12-21T01:10:18Z",
    "expires_in_seconds": 2591999,
    "allow_ip": ["203.0.113.0/24"],
    "rate_limit": 60,
    "rate_remaining": 59,
    "models": ["gpt-4.1*"],
    "spend_cap_usd": 25.0,
    "spend_period": "month",
    "remaining_usd": 12.5
  }
}"#;
const QUESTION: &str = r#"{
  "key": "lk_…",
  "access": "write",
  "ip": "203.0.113.9"
}"#;
const VERDICT: &str = r#"{
  "valid": true,
  "code": "VALID",
  "key_id": "FkpZy5FW",
  "name": "CI",
  "owner": "mina@example.com",
  "workspace": "acme",
  "environment": "prod",
  "permission": "read_write",
  "expires_at": "2026-12-21T01:10:18Z",
  "remaining_usd": 12.5,
  "retry_after": null
}"#;

const METHOD: &str = "The method of the request at hand. Every method that is named, the method of this call included, has to \
                      be GET, HEAD or OPTIONS for the request to count as one that reads.";

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "me",
        surface: Surface::Me,
        methods: &["get"],
        path: "/api/me",
        summary: "Which key is this, whose, and what may it do?",
        text: &["For the bearer of a key: a script that wants to know whether its key still works, and until when."],
        credential: Credential::Key,
        headers: &[],
        body: None,
        ok: Success { text: "The key works.", body: Content::Json(Part { name: "Me", example: ME }), headers: &[] },
        curl: "curl {url}/api/me \\\n  -H \"Authorization: Bearer $KEY\"",
    },
    Operation {
        id: "verify",
        surface: Surface::Verify,
        methods: &["post"],
        path: "/api/v1/verify",
        summary: "May this key do that now?",
        text: &[
            "For a service that was given a key. It shows a gateway key of its own, which an administrator of the workspace \
             creates. A key of another workspace than the gateway key's does not exist for it.",
            "The answer is 200 whenever the question was understood: `valid` says yes or no, and `code` why. A field that is \
             not known is refused, so that a mistyped `access` cannot go unnoticed.",
        ],
        credential: Credential::Gateway,
        headers: &[],
        body: Some(Part { name: "Question", example: QUESTION }),
        ok: Success {
            text: "The question was understood. Without a key that is known, all but `valid` and `code` are null.",
            body: Content::Json(Part { name: "Verdict", example: VERDICT }),
            headers: &[],
        },
        curl: "curl {url}/api/v1/verify \\\n  -H \"Authorization: Bearer $GATEWAY_KEY\" \\\n  -H \"Content-Type: \
               application/json\" \\\n  -d \"{\\\"key\\\": \\\"$KEY\\\", \\\"access\\\": \\\"write\\\"}\"",
    },
    Operation {
        id: "forward-auth",
        surface: Surface::ForwardAuth,
        methods: &["get", "head", "options", "post", "put", "patch", "delete"],
        path: "/api/v1/forward-auth",
        summary: "May the request at hand pass?",
        text: &[
            "For a reverse proxy: nginx auth_request, Caddy forward_auth, Traefik forwardAuth, Envoy ext_authz. Any method is \
             taken, and so is any path below this one: Envoy appends the path of the request at hand. The body is not read.",
            "Every proxy understands 401 and 403, so that two credentials at once are 401 too. Only 402, for a key that has \
             reached its spend cap, 429, for one over its rate, and 503, where nobody can decide, are others.",
        ],
        credential: Credential::Both,
        headers: &[
            Parameter { name: "X-Original-Method", text: METHOD },
            Parameter { name: "X-Forwarded-Method", text: METHOD },
            Parameter {
                name: "X-Forwarded-For",
                text: "Read from right to left: the client's address is the last entry, which the proxy wrote. Without it, the \
                       address of the connection.",
            },
            Parameter {
                name: "X-Latchkey-Server",
                text: "The slug of an MCP server of the workspace, where the proxy stands before one: the key has to have it.",
            },
        ],
        body: None,
        ok: Success {
            text: "The request may pass. The headers say who it is, for the service behind the proxy.",
            body: Content::Nothing,
            headers: &[
                Parameter { name: "X-Latchkey-Key", text: "The public part of the key." },
                Parameter { name: "X-Latchkey-Owner", text: "The owner's e-mail; letters beyond ASCII as UTF-8." },
                Parameter { name: "X-Latchkey-Workspace", text: "The workspace's slug." },
                Parameter { name: "X-Latchkey-Environment", text: "Empty where the key has none." },
                Parameter { name: "X-Latchkey-Permission", text: "`read_only` or `read_write`." },
            ],
        },
        curl: "curl -i {url}/api/v1/forward-auth \\\n  -H \"X-Latchkey-Gateway-Key: $GATEWAY_KEY\" \\\n  -H \"X-Original-Method: \
               DELETE\" \\\n  -H \"Authorization: Bearer $KEY\"",
    },
    Operation {
        id: "openapi",
        surface: Surface::Other,
        methods: &["get"],
        path: "/api/openapi.json",
        summary: "This description, for programs",
        text: &["OpenAPI 3.1. It says nothing about this installation but its address."],
        credential: Credential::None,
        headers: &[],
        body: None,
        ok: Success { text: "The document.", body: Content::Document, headers: &[] },
        curl: "curl {url}/api/openapi.json",
    },
    Operation {
        id: "alive",
        surface: Surface::Health,
        methods: &["get"],
        path: "/healthz",
        summary: "Does the process answer?",
        text: &[],
        credential: Credential::None,
        headers: &[],
        body: None,
        ok: Success { text: "It does.", body: Content::Text("ok\n"), headers: &[] },
        curl: "curl {url}/healthz",
    },
    Operation {
        id: "ready",
        surface: Surface::Health,
        methods: &["get"],
        path: "/readyz",
        summary: "Can it decide?",
        text: &["503, as text, while the database does not answer."],
        credential: Credential::None,
        headers: &[],
        body: None,
        ok: Success { text: "The database answers.", body: Content::Text("ready\n"), headers: &[] },
        curl: "curl {url}/readyz",
    },
    Operation {
        id: "metrics",
        surface: Surface::Other,
        methods: &["get"],
        path: "/metrics",
        summary: "What the instance counts, for Prometheus",
        text: &[
            "With the token of the configuration or, where there is none, for programs of the same machine. To everybody else the \
             path is none.",
        ],
        credential: Credential::MetricsToken,
        headers: &[],
        body: None,
        ok: Success {
            text: "The metrics in Prometheus' text format.",
            body: Content::Text("latchkey_database_up 1\n"),
            headers: &[],
        },
        curl: "curl {url}/metrics -H \"Authorization: Bearer $METRICS_TOKEN\"",
    },
];

/// The schemas by name: of what is read, and of what is written.
pub(super) fn schemas() -> [(&'static str, Schema); 4] {
    [
        ("Question", read::<verify::Asked>()),
        ("Me", written::<me::Answer<'_>>()),
        ("Verdict", written::<verify::Answer>()),
        ("Error", written::<answer::Body<'_>>()),
    ]
}

/// What is read: a field that may be missing is not required.
fn read<T: JsonSchema>() -> Schema {
    schema::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// What is written: every field is there.
fn written<T: JsonSchema>() -> Schema {
    schema::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn schema<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    let settings = settings.with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>()
}
