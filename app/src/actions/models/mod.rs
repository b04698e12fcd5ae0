//! The forms of the models' pages: [`providers`] (register, edit, choose models, switch, remove), [`prices`] (set, take back).

mod prices;
mod providers;

use crate::web::Here;
use server::{
    Error,
    auth::{Grant, ManageModels},
};

pub(super) async fn manage(here: &Here, workspace: &str) -> Result<Grant<ManageModels>, Error> {
    here.caller().await?.in_workspace(workspace).await?.allow()
}
