//! Who is asking, and what they may do: sign-in, sessions, and the grants that every use-case takes. Nothing outside this
//! module can make a [`Caller`] or a [`Grant`].

mod caller;
mod grant;
mod join;
mod password;
mod sessions;
mod set_up;
mod sign_in;
mod standing;
mod throttle;

pub use caller::{Caller, InWorkspace};
pub use grant::{
    Act, ChangeKey, ChangeSettings, CreateKey, Grant, InstanceGrant, ManageMembers, ManageModels, ManageServers,
    ReadSamples, RevealKey, SeeAudit, SeeKeys, SeeServers,
};
pub use join::{Account, CLOSED, Offer, accept_invite, join, offer};
pub use password::Passwords;
pub(crate) use sessions::UserSession;
pub use sessions::{SessionRows, SessionView, session_layer, sessions, sign_out_other, sign_out_others};
pub use set_up::{SetUp, SetUpLink, set_up, set_up_is_open, set_up_unattended};
pub(crate) use sign_in::confirm;
pub use sign_in::{change_password, local_path, sign_in, sign_out};
pub use standing::Standing;
pub use throttle::Throttle;
