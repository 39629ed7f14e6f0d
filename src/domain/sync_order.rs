//! In which order synchronisations of the kit count: the marketplace's, told by their `timeStamp`, and not the one in which
//! they were done here. What failed for a while and is done late must not undo what was told after it. Knows no call and no
//! store.

use std::collections::HashSet;

use super::Exception;
use crate::protocol::{
    callback::{KitSync, SyncChange},
    id::InstanceId,
};

/// The whole tree of departments.
pub const DEPARTMENTS: &str = "departments";
const DEPARTMENT: &str = "department/";

/// The parts of a tenant about which something newer than a synchronisation was applied.
pub type Newer = HashSet<String>;

/// What a synchronisation is about; each part has an order of its own.
pub fn parts(sync: &KitSync) -> Vec<String> {
    match &sync.change {
        SyncChange::Tenant { .. } => {
            vec![format!("tenant/{}", sync.instance_id.as_ref().map_or("", InstanceId::as_str))]
        }
        SyncChange::Application { app_id, .. } => vec![format!("application/{app_id}")],
        SyncChange::Users { app_id, users, .. } => users.iter().map(|user| of_user(app_id, &user.user_name)).collect(),
        SyncChange::Department { department, .. } => vec![of_department(&department.org_code)],
        SyncChange::AllDepartments { .. } => vec![DEPARTMENTS.to_owned()],
    }
}

/// Of which parts it matters whether they are newer, and whether every single department is one of them.
pub fn concerned(sync: &KitSync) -> (Vec<String>, bool) {
    match &sync.change {
        SyncChange::Department { .. } => ([parts(sync), vec![DEPARTMENTS.to_owned()]].concat(), false),
        SyncChange::AllDepartments { .. } => (parts(sync), true),
        _ => (parts(sync), false),
    }
}

/// What is left to be done of a synchronisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Remaining {
    /// `None` where all of it was told newer before.
    pub sync: Option<KitSync>,
    /// Departments that stay as they are, though a full list does not name them.
    pub spared: Vec<String>,
    /// How much of it stays as it is.
    pub left: usize,
}

impl Remaining {
    /// What the history says of it.
    pub fn note(&self) -> Option<Exception> {
        match (&self.sync, self.left) {
            (None, _) => Some(Exception::OvertakenSync),
            (Some(_), 0) => None,
            (Some(_), count) => Some(Exception::PartlyOvertakenSync { count }),
        }
    }
}

pub fn remaining(sync: &KitSync, newer: &Newer) -> Remaining {
    let is_newer = |part: String| newer.contains(&part);
    let whole = |is_overtaken: bool| Remaining {
        sync: (!is_overtaken).then(|| sync.clone()),
        spared: Vec::new(),
        left: usize::from(is_overtaken),
    };
    match &sync.change {
        SyncChange::Tenant { .. } | SyncChange::Application { .. } => whole(parts(sync).into_iter().any(is_newer)),
        SyncChange::Department { .. } => whole(concerned(sync).0.into_iter().any(is_newer)),
        SyncChange::AllDepartments { .. } if newer.contains(DEPARTMENTS) => whole(true),
        SyncChange::AllDepartments { departments } => {
            let spared: Vec<String> =
                newer.iter().filter_map(|part| part.strip_prefix(DEPARTMENT)).map(str::to_owned).collect();
            let departments = departments.iter().filter(|department| !spared.contains(&department.org_code));
            let change = SyncChange::AllDepartments { departments: departments.cloned().collect() };
            Remaining { sync: Some(KitSync { change, ..sync.clone() }), left: spared.len(), spared }
        }
        SyncChange::Users { flag, app_id, users } => {
            let kept: Vec<_> = users.iter().filter(|user| !is_newer(of_user(app_id, &user.user_name))).collect();
            let left = users.len() - kept.len();
            let change = SyncChange::Users {
                flag: flag.clone(),
                app_id: app_id.clone(),
                users: kept.iter().copied().cloned().collect(),
            };
            let is_overtaken = kept.is_empty() && left > 0;
            Remaining { sync: (!is_overtaken).then(|| KitSync { change, ..sync.clone() }), spared: Vec::new(), left }
        }
    }
}

fn of_user(app_id: &str, user_name: &str) -> String {
    format!("user/{app_id}/{user_name}")
}

fn of_department(org_code: &str) -> String {
    format!("{DEPARTMENT}{org_code}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        callback::kit::{Department, Flag, User},
        id::TenantId,
    };

    fn sync(change: SyncChange) -> KitSync {
        KitSync { instance_id: Some(InstanceId::new("i")), tenant_id: TenantId::new("t"), time_stamp: None, change }
    }

    fn department(code: &str) -> Department {
        Department { org_code: code.into(), name: code.into(), parent_code: None }
    }

    fn newer(parts: &[&str]) -> Newer {
        parts.iter().copied().map(str::to_owned).collect()
    }

    #[test]
    fn what_nothing_newer_was_told_of_is_done_as_it_is() {
        let users = vec![User { user_name: "li".into(), ..User::default() }];
        for change in [
            SyncChange::Users { flag: Flag::Add, app_id: "a".into(), users },
            SyncChange::Users { flag: Flag::Add, app_id: "a".into(), users: Vec::new() },
            SyncChange::Department { flag: Flag::Delete, department: department("d") },
            SyncChange::AllDepartments { departments: vec![department("d")] },
        ] {
            let told = sync(change);
            let others = newer(&["user/other/li", "user/a/wang", "application/a", "tenant/i"]);
            let left = remaining(&told, &others);
            assert_eq!((left.sync.as_ref(), left.note()), (Some(&told), None));
        }
    }

    #[test]
    fn of_users_and_departments_each_has_its_own_order() {
        let user = |name: &str| User { user_name: name.into(), ..User::default() };
        let users = vec![user("li"), user("wang")];
        let told = sync(SyncChange::Users { flag: Flag::Add, app_id: "a".into(), users });
        let left = remaining(&told, &newer(&["user/a/li"]));
        assert_eq!(left.note(), Some(Exception::PartlyOvertakenSync { count: 1 }));
        let Some(KitSync { change: SyncChange::Users { users, .. }, .. }) = left.sync else { panic!() };
        assert_eq!(users, [user("wang")]);
        let left = remaining(&told, &newer(&["user/a/li", "user/a/wang"]));
        assert_eq!((left.sync.clone(), left.note()), (None, Some(Exception::OvertakenSync)));

        let list = sync(SyncChange::AllDepartments { departments: vec![department("d"), department("e")] });
        let left = remaining(&list, &newer(&["department/e", "department/f"]));
        let Some(KitSync { change: SyncChange::AllDepartments { departments }, .. }) = &left.sync else { panic!() };
        assert_eq!(departments, &[department("d")]);
        let mut spared = left.spared.clone();
        spared.sort();
        assert_eq!(spared, ["e", "f"]);
        assert_eq!(remaining(&list, &newer(&[DEPARTMENTS])).note(), Some(Exception::OvertakenSync));
    }

    #[test]
    fn a_full_list_overtakes_every_single_department() {
        let single = sync(SyncChange::Department { flag: Flag::Add, department: department("d") });
        assert_eq!(remaining(&single, &newer(&[DEPARTMENTS])).sync, None);
        assert_eq!(remaining(&single, &newer(&["department/d"])).sync, None);
        assert_eq!(concerned(&single), (vec!["department/d".into(), DEPARTMENTS.into()], false));
        assert_eq!(parts(&single), ["department/d"], "it is no full list itself");
    }
}
