//! A small console: the session layer and the sign-in use-cases behind routes of one line each, and a browser that keeps
//! its cookie. What the real console's pages do is tested with them.

use crate::{
    ask::{Answer, answer},
    world::{World, serve},
};
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, request::Parts},
    routing::{get, post},
};
use domain::key::RawKey;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use server::{
    Error, Latchkey,
    auth::{self, Caller, CreateKey, ManageModels, session_layer},
    http::{common_layers, data_plane, downloads},
    keys, models,
};

type Form = Json<Value>;

fn text<'a>(form: &'a Form, field: &str) -> &'a str {
    form[field].as_str().unwrap_or_default()
}

fn console(latchkey: &Latchkey) -> Router {
    Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(async |parts: Parts| auth::sign_out(&parts).await))
        .route("/who", get(async |caller: Caller| caller.email().to_owned()))
        .route("/password", post(change_password))
        .route("/sessions", get(sessions))
        .route("/end", post(async |caller: Caller, form: Form| auth::sign_out_other(&caller, text(&form, "id")).await))
        .route("/end-others", post(async |caller: Caller, parts: Parts| auth::sign_out_others(&caller, &parts).await))
        .route("/keys", post(create_key))
        .route("/models", get(providers))
        .route(
            "/accept",
            post(async |caller: Caller, form: Form| auth::accept_invite(&caller, text(&form, "token")).await),
        )
        .route("/join", post(join))
        .with_state(latchkey.clone())
        .merge(downloads(latchkey))
        .layer(session_layer(latchkey))
}

async fn sign_in(State(latchkey): State<Latchkey>, parts: Parts, form: Form) -> Result<StatusCode, Error> {
    auth::sign_in(&latchkey, &parts, text(&form, "email"), text(&form, "password").into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn join(State(latchkey): State<Latchkey>, parts: Parts, form: Form) -> Result<String, Error> {
    let account = auth::Account {
        name: text(&form, "name").into(),
        email: text(&form, "email").into(),
        password: text(&form, "password").into(),
    };
    auth::join(&latchkey, &parts, text(&form, "token"), account).await
}

async fn change_password(caller: Caller, parts: Parts, form: Form) -> Result<(), Error> {
    auth::change_password(&caller, &parts, text(&form, "current").into(), text(&form, "new").into()).await
}

async fn sessions(caller: Caller, parts: Parts) -> Result<Json<Value>, Error> {
    let list = auth::sessions(&caller, &parts).await?;
    let row = |row: auth::SessionView| json!({"id": row.id, "agent": row.agent, "address": row.address, "current": row.current});
    Ok(Json(list.into_iter().map(row).collect()))
}

async fn create_key(caller: Caller, Json(raw): Json<RawKey>) -> Result<StatusCode, Error> {
    let grant = caller.in_workspace("acme").await?.allow::<CreateKey>()?;
    keys::create(&grant, &raw, &keys::RawScope::default()).await?;
    Ok(StatusCode::CREATED)
}

async fn providers(caller: Caller) -> Result<Json<Value>, Error> {
    let grant = caller.in_workspace("acme").await?.allow::<ManageModels>()?;
    Ok(Json(models::list(&grant).await?.into_iter().map(|provider| json!(provider.slug)).collect()))
}

/// A browser at one console.
pub struct Browser<'a> {
    world: &'a World,
    pub base: String,
    http: Client,
    /// From where it comes, where the console trusts a proxy on its machine.
    pub address: String,
    /// `name=value`; empty for none.
    pub cookie: String,
}

impl<'a> Browser<'a> {
    /// A browser at a console of its own.
    pub async fn new(world: &'a World) -> Self {
        Self::at(world, Self::served(&world.latchkey).await)
    }

    /// A browser at a console of an instance.
    pub async fn of(world: &'a World, latchkey: &Latchkey) -> Self {
        Self::at(world, Self::served(latchkey).await)
    }

    /// Another browser at the console of a first one.
    pub fn another(&self, agent: &str) -> Self {
        let http = Client::builder().user_agent(agent).build().unwrap();
        Self { http, ..Self::at(self.world, self.base.clone()) }
    }

    async fn served(latchkey: &Latchkey) -> String {
        serve(data_plane(latchkey).before(common_layers(console(latchkey), latchkey))).await
    }

    fn at(world: &'a World, base: String) -> Self {
        Self { world, base, http: world.http.clone(), address: String::new(), cookie: String::new() }
    }

    pub async fn send(&mut self, method: Method, path: &str, body: &Value) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).json(body);
        if !self.cookie.is_empty() {
            request = request.header("cookie", &self.cookie);
        }
        if !self.address.is_empty() {
            request = request.header("x-forwarded-for", &self.address);
        }
        let answer = answer(request).await;
        if let Some(pair) = answer.header("set-cookie").split(';').next().filter(|pair| !pair.is_empty()) {
            let value = pair.split_once('=').unwrap().1;
            self.cookie.clear();
            if !value.is_empty() {
                self.world.secret(value);
                pair.clone_into(&mut self.cookie);
            }
        }
        answer
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &body).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/sign-in", json!({"email": email, "password": password})).await
    }

    /// Who is signed in; empty if nobody is.
    pub async fn who(&mut self) -> String {
        let answer = self.send(Method::GET, "/who", &Value::Null).await;
        assert!([200, 401].contains(&answer.status), "{answer:?}");
        if answer.status == 200 { answer.body } else { String::new() }
    }

    pub async fn sessions(&mut self) -> Vec<Value> {
        let answer = self.send(Method::GET, "/sessions", &Value::Null).await;
        answer.json().as_array().unwrap().clone()
    }
}

/// Somebody with a password, in no workspace.
pub async fn somebody(world: &World) -> (&'static str, String) {
    let email = "somebody@example.com";
    (email, world.user(email).await)
}
