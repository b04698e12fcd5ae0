//! The people, workspaces and keys of a story, built in a line each. The time is fixed and the generator seeded: a story
//! runs alike every time.

use crate::{
    engine::{Outcome, Place},
    one_key::OneKey,
};
use domain::{
    access::Role,
    id::{EventId, GuardrailId, InviteId, PolicyId, ProviderId, ReserveId, SampleId, ServerId, UserId, WorkspaceId},
    key::{KeyId, Limits, McpScope, NewKey, Permission, PlainKey, Prefix},
    model::ModelLimits,
    time::{DAY, Timestamp},
    workspace::{Plan, Settings},
};
use rand::{SeedableRng, rngs::StdRng};
use std::{
    panic::Location,
    sync::{Arc, Mutex, PoisonError},
};
use store::{AuditEvent, Error, InsertKey, KeyFilter, Section, Store, StoredSession, User, Workspace};
use tokio::{sync::Semaphore, task::JoinSet};

/// Every story's present.
pub const NOW: Timestamp = Timestamp(1_786_000_000_000);

pub struct World {
    pub store: Store,
    pub place: Place,
    random: Mutex<StdRng>,
}

impl World {
    pub async fn new(place: Place) -> Outcome<Self> {
        let store = Store::open(&place.url).await?;
        place.refuse_silent_changes().await?;
        Ok(Self { store, place, random: Mutex::new(StdRng::seed_from_u64(7)) })
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An audit event of the installation, not yet written.
    pub fn event(&self, action: &str) -> AuditEvent {
        AuditEvent {
            id: self.draw(EventId::generate),
            at: NOW,
            workspace: None,
            actor_id: None,
            actor: "command line".into(),
            action: action.into(),
            target: String::new(),
            target_name: String::new(),
            new_name: String::new(),
            address: String::new(),
        }
    }

    /// An audit event about a key, not yet written.
    pub fn about(&self, key: &InsertKey, action: &str) -> AuditEvent {
        AuditEvent {
            workspace: Some(key.workspace.clone()),
            target: key.id.to_string(),
            target_name: key.key.name.clone(),
            ..self.event(action)
        }
    }

    /// A user, not yet written: `mina` is Mina's name and begins her e-mail.
    pub fn new_user(&self, name: &str) -> User {
        User {
            id: self.draw(UserId::generate),
            email: format!("{}@example.com", name.to_lowercase()),
            name: name.into(),
            instance_admin: false,
            active: true,
            created_at: NOW,
        }
    }

    pub async fn user(&self, name: &str) -> Outcome<User> {
        let user = self.new_user(name);
        self.store.insert_user(&user, "hash", &self.event("user.create")).await?;
        Ok(user)
    }

    pub async fn instance_admin(&self, name: &str) -> Outcome<User> {
        let user = User { instance_admin: true, ..self.new_user(name) };
        self.store.insert_user(&user, "hash", &self.event("user.create")).await?;
        Ok(user)
    }

    /// A workspace on the plan `pro`, not yet written.
    pub fn new_workspace(&self, slug: &str) -> Workspace {
        Workspace {
            id: self.draw(WorkspaceId::generate),
            slug: slug.into(),
            name: slug.to_uppercase(),
            plan: Plan::Pro,
            settings: Settings::default(),
            created_at: NOW,
        }
    }

    pub async fn workspace(&self, slug: &str) -> Outcome<Workspace> {
        let workspace = self.new_workspace(slug);
        self.store.insert_workspace(&workspace, &self.event("workspace.create")).await?;
        Ok(workspace)
    }

    /// Changes a workspace as whoever has seen it as it is.
    pub async fn update_workspace(&self, workspace: &Workspace, event: &AuditEvent) -> Result<(), Error> {
        let seen = self.store.workspace(&workspace.slug).await?;
        // Of one that there is not, nothing was seen.
        let seen = seen.unwrap_or_else(|| workspace.clone());
        self.store.update_workspace(&seen, workspace, event).await
    }

    pub async fn put_member(&self, workspace: &Workspace, user: &User, role: Role) -> Outcome {
        Ok(self.store.put_member(&workspace.id, &user.id, role, &self.event("member.put")).await?)
    }

    /// A workspace `acme` and its developer Mina: where most stories begin.
    pub async fn acme(&self) -> Outcome<(Workspace, User)> {
        let (workspace, user) = (self.workspace("acme").await?, self.user("Mina").await?);
        self.put_member(&workspace, &user, Role::Developer).await?;
        Ok((workspace, user))
    }

    /// A key made by its owner, not yet written.
    pub fn new_key(&self, workspace: &Workspace, owner: &User, name: &str) -> InsertKey {
        let plain = self.draw(|rng| PlainKey::generate(&Prefix::default(), rng));
        InsertKey {
            id: *plain.id(),
            hash: plain.hash(),
            last4: plain.last(),
            workspace: workspace.id.clone(),
            owner: owner.id.clone(),
            created_by: Some(owner.id.clone()),
            key: NewKey {
                name: name.into(),
                description: String::new(),
                environment: String::new(),
                permission: Permission::ReadWrite,
                expires_at: None,
                gateway: false,
                url_credential: false,
                limits: Limits::default(),
                mcp: McpScope::default(),
                model: ModelLimits::default(),
            },
            sealed: None,
            created_at: NOW,
        }
    }

    /// Writes a key as the command line does, which no limit binds.
    pub async fn insert(&self, key: &InsertKey) -> Outcome {
        Ok(self.store.insert_key(key, None, &self.about(key, "key.create")).await?)
    }

    pub async fn key(&self, workspace: &Workspace, owner: &User, name: &str) -> Outcome<InsertKey> {
        let key = self.new_key(workspace, owner, name);
        self.insert(&key).await?;
        Ok(key)
    }

    pub async fn disable(&self, key: &InsertKey) -> Outcome {
        Ok(self.store.disable_key(&key.workspace, &key.id, &self.about(key, "key.disable")).await?)
    }

    pub async fn delete(&self, key: &InsertKey) -> Outcome {
        Ok(self.store.delete_key(&key.workspace, &key.id, &self.about(key, "key.delete")).await?)
    }

    /// A key id that no key has.
    pub fn unknown_key(&self) -> KeyId {
        *self.draw(|rng| PlainKey::generate(&Prefix::default(), rng)).id()
    }

    /// The id of an invite.
    pub fn invite_id(&self) -> InviteId {
        self.draw(InviteId::generate)
    }

    /// The id of a server.
    pub fn server_id(&self) -> ServerId {
        self.draw(ServerId::generate)
    }

    /// The id of a policy.
    pub fn policy_id(&self) -> PolicyId {
        self.draw(PolicyId::generate)
    }

    /// The id of a guardrail.
    pub fn guardrail_id(&self) -> GuardrailId {
        self.draw(GuardrailId::generate)
    }

    /// The id of a reserve.
    pub fn reserve_id(&self) -> ReserveId {
        self.draw(ReserveId::generate)
    }

    /// The id of a provider of models.
    pub fn provider_id(&self) -> ProviderId {
        self.draw(ProviderId::generate)
    }

    /// The id of a sample.
    pub fn sample_id(&self) -> SampleId {
        self.draw(SampleId::generate)
    }

    /// Signs a user in.
    pub async fn session(&self, user: &User, id: &str) -> Outcome<StoredSession> {
        let session = StoredSession { user: Some(user.id.clone()), ..new_session(id) };
        self.store.insert_session(&session).await?;
        Ok(session)
    }

    /// What `call` answered, having left that many audit events.
    #[track_caller]
    pub fn leaving<T>(&self, events: i64, call: impl Future<Output = T>) -> impl Future<Output = Outcome<T>> {
        let caller = Location::caller();
        async move {
            let before = self.events().await?;
            let answer = call.await;
            assert_eq!(self.events().await? - before, events, "audit events left by {caller}");
            Ok(answer)
        }
    }

    async fn events(&self) -> Outcome<i64> {
        self.place.number("SELECT COUNT(*) FROM audit_events").await
    }
}

/// A session of nobody that lasts a day, not yet written.
pub fn new_session(id: &str) -> StoredSession {
    StoredSession {
        id: id.into(),
        user: None,
        data: "{}".into(),
        address: "192.0.2.1".into(),
        agent: "Firefox".into(),
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(DAY),
        superseded: false,
    }
}

/// Every key of a section.
pub fn all(section: Section) -> KeyFilter {
    KeyFilter { search: String::new(), environment: String::new(), owner: None, section, now: NOW }
}

/// Connections of a store to PostgreSQL. Who waits for one for long is refused.
pub const CONNECTIONS: usize = 16;

/// Runs all calls at once, as far as the store has connections, and gathers what they answered.
pub fn together<T: Send + 'static>(
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> impl Future<Output = Vec<T>> {
    crowding(CONNECTIONS, calls)
}

/// Runs all calls, so many of them at once, and gathers what they answered.
pub fn crowding<T: Send + 'static>(
    most: usize,
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> impl Future<Output = Vec<T>> {
    let room = Arc::new(Semaphore::new(most));
    let calls = calls.into_iter().map(|call| (Arc::clone(&room), call));
    let calls = calls.map(|(room, call)| async move {
        let _place = room.acquire_owned().await;
        call.await
    });
    // None begins before this is awaited.
    let calls: Vec<_> = calls.collect();
    async move { calls.into_iter().collect::<JoinSet<T>>().join_all().await }
}

/// How many calls succeeded.
pub fn successes(answers: &[Result<(), Error>]) -> usize {
    answers.iter().filter(|answer| answer.is_ok()).count()
}

/// Asserts that a call failed, and as the pattern says.
macro_rules! assert_err {
    ($answer:expr, $pattern:pat) => {{
        let answer = $answer;
        assert!(matches!(answer, Err($pattern)), "wanted {}, got {answer:?}", stringify!($pattern));
    }};
}
