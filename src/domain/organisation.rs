//! Buying organisations as the joint-operation kit tells them: what is known now, and when it changed. Calls about them may
//! come in any order and again, and nothing requires the instance to exist.

use std::collections::{HashMap, HashSet};

use crate::protocol::{
    Secret, UnixMillis,
    callback::{
        SyncChange,
        kit::{Department, Flag, User},
    },
    id::TenantId,
};

/// What a call changes. The secret of an application travels beside it, opened with the seller's RSA key.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganisationChange {
    pub sync: crate::protocol::callback::KitSync,
    pub client_secret: Option<Secret>,
    /// Departments that stay, though a full list does not name them: something newer was told of them.
    pub spared: Vec<String>,
}

/// Whether there is something to be kept even where the tenant is not known.
pub fn adds_something(change: &SyncChange) -> bool {
    match change {
        // Makes itself known.
        SyncChange::Tenant { .. } => false,
        SyncChange::AllDepartments { departments } => !departments.is_empty(),
        SyncChange::Application { flag, .. } | SyncChange::Department { flag, .. } => *flag != Flag::Delete,
        SyncChange::Users { flag, users, .. } => !users.is_empty() && !matches!(flag, Flag::Delete | Flag::Revoke),
    }
}

/// How a row stands: what is removed is kept and shown as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    pub created_at: UnixMillis,
    pub changed_at: UnixMillis,
    pub removed_at: Option<UnixMillis>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tenant {
    pub id: i64,
    pub tenant_id: TenantId,
    pub tenant_code: String,
    pub name: String,
    pub domain_name: String,
    /// Empty while the seller applies for an application credential.
    pub instance_id: String,
    pub order_id: String,
    /// It bought more than once.
    pub further_instances: Vec<FurtherInstance>,
    pub lifetime: Lifetime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FurtherInstance {
    pub instance_id: String,
    pub order_id: String,
    pub removed: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    pub tenant_id: TenantId,
    pub app_id: String,
    pub client_id: String,
    /// Whether its secret is kept, sealed.
    pub has_secret: bool,
    pub lifetime: Lifetime,
}

#[derive(Clone, Debug, PartialEq)]
pub struct KnownDepartment {
    pub tenant_id: TenantId,
    pub department: Department,
    pub lifetime: Lifetime,
}

#[derive(Clone, Debug, PartialEq)]
pub struct KnownUser {
    pub tenant_id: TenantId,
    pub app_id: String,
    pub user: User,
    /// Whether the user may use the application: false once the authorization was revoked.
    pub authorized: bool,
    pub lifetime: Lifetime,
}

/// One organisation with everything in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Organisation {
    pub tenant: Tenant,
    pub applications: Vec<Application>,
    pub departments: Vec<KnownDepartment>,
    pub users: Vec<KnownUser>,
}

/// What is held against a change that is foreseen: every row, what is removed too.
#[derive(Clone, Debug, Default)]
pub struct OrganisationRows {
    /// One for each instance that the tenant bought.
    pub tenants: Vec<Tenant>,
    pub applications: Vec<Application>,
    pub departments: Vec<KnownDepartment>,
    pub users: Vec<KnownUser>,
    /// Of the application that the change is about.
    pub client_secret: Option<Secret>,
}

impl OrganisationRows {
    /// As it stands.
    pub fn department(&self, org_code: &str) -> Option<&Department> {
        let standing = self.departments.iter().filter(|entry| entry.lifetime.removed_at.is_none());
        standing.map(|entry| &entry.department).find(|department| department.org_code == org_code)
    }
}

/// Departments in the order of the tree, each with its depth. What names a parent that is not known stands at the top, and a
/// circle is cut.
pub fn tree(departments: &[KnownDepartment]) -> Vec<(usize, &KnownDepartment)> {
    let known: HashSet<&str> = departments.iter().map(|entry| entry.department.org_code.as_str()).collect();
    let mut below: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (position, entry) in departments.iter().enumerate() {
        let code = entry.department.org_code.as_str();
        let parent = entry.department.parent_code.as_deref().filter(|parent| known.contains(parent) && *parent != code);
        below.entry(parent).or_default().push(position);
    }
    let mut order = Vec::with_capacity(departments.len());
    let mut placed = vec![false; departments.len()];
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    let place_below = |code: Option<&str>, depth: usize, placed: &mut [bool], waiting: &mut Vec<(usize, usize)>| {
        for position in below.get(&code).into_iter().flatten().rev().copied() {
            if !std::mem::replace(&mut placed[position], true) {
                waiting.push((position, depth));
            }
        }
    };
    place_below(None, 0, &mut placed, &mut waiting);
    let mut first = 0;
    loop {
        while let Some((position, depth)) = waiting.pop() {
            let entry = &departments[position];
            order.push((depth, entry));
            place_below(Some(&entry.department.org_code), depth + 1, &mut placed, &mut waiting);
        }
        // Whatever is left goes in a circle: cut it at its first.
        let Some(position) = (first..placed.len()).find(|position| !placed[*position]) else { return order };
        first = position;
        placed[position] = true;
        waiting.push((position, 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn department(code: &str, parent: Option<&str>) -> KnownDepartment {
        let time = UnixMillis(1);
        KnownDepartment {
            tenant_id: TenantId::new("t"),
            department: Department {
                org_code: code.into(),
                name: code.to_uppercase(),
                parent_code: parent.map(str::to_owned),
            },
            lifetime: Lifetime { created_at: time, changed_at: time, removed_at: None },
        }
    }

    fn codes(departments: &[KnownDepartment]) -> Vec<(usize, &str)> {
        tree(departments).into_iter().map(|(depth, entry)| (depth, entry.department.org_code.as_str())).collect()
    }

    #[test]
    fn departments_stand_below_their_parents() {
        let list =
            [department("b", Some("a")), department("a", None), department("c", Some("b")), department("d", Some("a"))];
        assert_eq!(codes(&list), [(0, "a"), (1, "b"), (2, "c"), (1, "d")]);
    }

    #[test]
    fn an_unknown_parent_and_a_circle_lose_nobody() {
        let list = [
            department("a", Some("gone")),
            department("x", Some("y")),
            department("y", Some("x")),
            department("z", Some("z")),
        ];
        assert_eq!(codes(&list), [(0, "a"), (0, "z"), (0, "x"), (1, "y")]);
    }
    #[test]
    fn a_tree_of_many_thousands_takes_no_time() {
        let name = |number: usize| format!("d-{number:05}");
        let list: Vec<KnownDepartment> =
            (0..20_000).map(|number| department(&name(number), Some(&name(number / 2)))).collect();
        let codes = codes(&list);
        assert_eq!(codes.len(), 20_000);
        assert_eq!((codes[0], codes[1]), ((0, "d-00000"), (1, "d-00001")));
    }
}
