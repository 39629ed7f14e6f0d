//! An organisation as its tables show it: the tree of its departments, and what a filter leaves. Laid out once, and anew only
//! when the organisation or the filter changes, because both may be about many thousands.

use std::{collections::HashMap, sync::Arc};

use crate::{
    desk::session::TenantKnown,
    domain::organisation::{KnownDepartment, KnownUser, tree},
};

pub(super) struct LaidOut {
    known: Arc<TenantKnown>,
    filter: String,
    departments: Vec<Branch>,
    /// Positions in the organisation's users.
    users: Vec<usize>,
    names: HashMap<String, String>,
    counts: Counts,
}

/// A department in the tree.
pub(super) struct Branch {
    pub(super) depth: usize,
    pub(super) entry: KnownDepartment,
    /// Users who are in it and not removed; in its own, not in what is below.
    pub(super) users: usize,
}

/// What stands, without what is removed.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) departments: usize,
    pub(super) users: usize,
    pub(super) applications: usize,
    pub(super) changes: usize,
}

impl LaidOut {
    pub(super) fn new(known: Arc<TenantKnown>, filter: String) -> Self {
        let organisation = &known.organisation;
        let wanted = filter.trim().to_lowercase();
        let names: HashMap<String, String> = organisation
            .departments
            .iter()
            .map(|entry| (entry.department.org_code.clone(), entry.department.name.clone()))
            .collect();
        let mut in_department: HashMap<&str, usize> = HashMap::new();
        for entry in organisation.users.iter().filter(|entry| entry.lifetime.removed_at.is_none()) {
            *in_department.entry(entry.user.org_code.as_str()).or_default() += 1;
        }
        let departments = tree(&organisation.departments)
            .into_iter()
            .filter(|(_, entry)| {
                found(&wanted, [entry.department.name.as_str(), entry.department.org_code.as_str()].into_iter())
            })
            .map(|(depth, entry)| {
                let users = in_department.get(entry.department.org_code.as_str()).copied().unwrap_or_default();
                Branch { depth, entry: entry.clone(), users }
            })
            .collect();
        let users = (0..)
            .zip(&organisation.users)
            .filter(|(_, entry)| found(&wanted, texts_of(entry, &names)))
            .map(|(position, _)| position)
            .collect();
        let counts = Counts {
            departments: organisation.departments.iter().filter(|it| it.lifetime.removed_at.is_none()).count(),
            users: organisation.users.iter().filter(|it| it.lifetime.removed_at.is_none()).count(),
            applications: organisation.applications.iter().filter(|it| it.lifetime.removed_at.is_none()).count(),
            changes: known.messages.len(),
        };
        Self { known, filter, departments, users, names, counts }
    }

    pub(super) fn is_of(&self, known: &Arc<TenantKnown>, filter: &str) -> bool {
        Arc::ptr_eq(&self.known, known) && self.filter == filter
    }

    pub(super) fn known(&self) -> &TenantKnown {
        &self.known
    }

    pub(super) const fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn departments(&self) -> &[Branch] {
        &self.departments
    }

    pub(super) const fn user_count(&self) -> usize {
        self.users.len()
    }

    pub(super) fn user(&self, row: usize) -> Option<&KnownUser> {
        self.known.organisation.users.get(*self.users.get(row)?)
    }

    /// The department's name, or its code while no call has told it.
    pub(super) fn department_name<'a>(&'a self, org_code: &'a str) -> &'a str {
        self.names.get(org_code).map_or(org_code, String::as_str)
    }
}

fn texts_of<'a>(entry: &'a KnownUser, names: &'a HashMap<String, String>) -> impl Iterator<Item = &'a str> {
    let user = &entry.user;
    let department = names.get(&user.org_code).map(String::as_str);
    [user.user_name.as_str(), &user.name, &user.role, &user.org_code, &entry.app_id]
        .into_iter()
        .chain([department, user.email.as_deref(), user.employee_code.as_deref()].into_iter().flatten())
}

fn found<'a>(wanted: &str, mut texts: impl Iterator<Item = &'a str>) -> bool {
    wanted.is_empty() || texts.any(|text| text.to_lowercase().contains(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            World,
            organisation::{Lifetime, Organisation, Tenant},
        },
        protocol::{
            UnixMillis,
            callback::kit::{Department, User},
            id::TenantId,
        },
    };

    fn known(users: usize) -> Arc<TenantKnown> {
        let lifetime = Lifetime { created_at: UnixMillis(1), changed_at: UnixMillis(1), removed_at: None };
        let tenant_id = TenantId::new("t-1");
        let department = |code: &str, name: &str, parent: Option<&str>| KnownDepartment {
            tenant_id: tenant_id.clone(),
            department: Department { org_code: code.into(), name: name.into(), parent_code: parent.map(Into::into) },
            lifetime,
        };
        let user = |number: usize| KnownUser {
            tenant_id: tenant_id.clone(),
            app_id: "a-1".into(),
            user: User {
                user_name: format!("user{number}"),
                org_code: if number.is_multiple_of(2) { "d-1".into() } else { "d-2".into() },
                ..User::default()
            },
            authorized: true,
            lifetime,
        };
        let tenant = Tenant {
            id: 1,
            tenant_id: tenant_id.clone(),
            tenant_code: String::new(),
            name: String::new(),
            domain_name: String::new(),
            instance_id: String::new(),
            order_id: String::new(),
            further_instances: Vec::new(),
            lifetime,
        };
        let organisation = Organisation {
            tenant,
            applications: Vec::new(),
            departments: vec![department("d-2", "Research", Some("d-1")), department("d-1", "Company", None)],
            users: (0..users).map(user).collect(),
        };
        Arc::new(TenantKnown { world: World::Live, organisation, messages: Vec::new() })
    }

    #[test]
    fn a_filter_finds_users_by_the_name_of_their_department() {
        let known = known(9);
        let all = LaidOut::new(known.clone(), String::new());
        assert_eq!((all.user_count(), all.counts().users), (9, 9));
        let depths: Vec<(usize, usize)> = all.departments().iter().map(|branch| (branch.depth, branch.users)).collect();
        assert_eq!(depths, [(0, 5), (1, 4)]);
        let some = LaidOut::new(known.clone(), " RESEARCH ".into());
        assert_eq!((some.user_count(), some.counts().users, some.departments().len()), (4, 9, 1));
        assert_eq!(some.user(0).unwrap().user.user_name, "user1");
        assert_eq!(LaidOut::new(known, "user8".into()).user_count(), 1);
    }

    #[test]
    fn it_is_laid_out_anew_only_when_something_changed() {
        let known = known(1);
        let laid_out = LaidOut::new(known.clone(), "x".into());
        assert!(laid_out.is_of(&known, "x"));
        assert!(!laid_out.is_of(&known, "y") && !laid_out.is_of(&Arc::new((*known).clone()), "x"));
    }
}
