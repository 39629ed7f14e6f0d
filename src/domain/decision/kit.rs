//! The rules about organisations: what of a synchronisation is done, and what was told newer before.

use super::{Call, Change, Known, Outcome, concluded};
use crate::{
    domain::{
        Exception, Fulfilled,
        message::Progress,
        organisation::OrganisationChange,
        sync_order::{self, Remaining},
    },
    protocol::{
        ResultCode,
        callback::{KitSync, SyncChange, kit::Flag},
    },
};

pub(super) fn apply(call: Call<'_>, sync: &KitSync, known: &Known, fulfilled: Fulfilled) -> Outcome {
    let remaining = match check_flag(sync) {
        Ok(()) => sync_order::remaining(sync, &known.newer),
        Err(exception) => return Outcome::failing(ResultCode::INTERNAL_ERROR, exception),
    };
    let note = remaining.note();
    let Remaining { sync: Some(rest), spared, .. } = remaining else {
        return Outcome { exception: note, ..Outcome::succeeded(None) };
    };
    let outcome = concluded(call, fulfilled, |_| change(call, rest, spared));
    match outcome.progress {
        Progress::Succeeded => Outcome { exception: note, ..outcome },
        _ => outcome,
    }
}

fn check_flag(sync: &KitSync) -> Result<(), Exception> {
    let flag = match &sync.change {
        SyncChange::Tenant { flag, .. }
        | SyncChange::Application { flag, .. }
        | SyncChange::Users { flag, .. }
        | SyncChange::Department { flag, .. } => flag,
        SyncChange::AllDepartments { .. } => return Ok(()),
    };
    match flag {
        Flag::Unknown(flag) => Err(Exception::UnknownFlag { flag: flag.clone() }),
        // An authorization can be revoked, a department cannot.
        Flag::Revoke if !matches!(sync.change, SyncChange::Users { .. }) => {
            Err(Exception::UnknownFlag { flag: Flag::REVOKE.to_owned() })
        }
        _ => Ok(()),
    }
}

fn change(call: Call<'_>, sync: KitSync, spared: Vec<String>) -> Result<Change, Exception> {
    let client_secret = match (&sync.change, call.client_secret) {
        (SyncChange::Application { .. }, Some(Ok(secret))) => Some(secret.clone()),
        (SyncChange::Application { app_id, flag, .. }, Some(Err(reason))) if *flag != Flag::Delete => {
            return Err(Exception::ClientSecret { app_id: app_id.clone(), reason: reason.clone() });
        }
        _ => None,
    };
    Ok(Change::Organisation(Box::new(OrganisationChange { sync, client_secret, spared })))
}
