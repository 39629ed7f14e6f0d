//! Every way of a record, walked through.

use super::*;

fn codes() -> Vec<RecordCode> {
    (1..=14).map(|code| RecordCode::from_wire(&format!("{code:03}"))).collect()
}

fn events() -> Vec<UsageEvent> {
    let mut events = vec![
        UsageEvent::Started,
        UsageEvent::NothingTaken,
        UsageEvent::Taken,
        UsageEvent::LostTrack,
        UsageEvent::Corrected,
        UsageEvent::Replaced { by: "sn-2".into() },
        UsageEvent::Discarded,
    ];
    for code in codes() {
        events.push(UsageEvent::Named { code: code.clone() });
        events.push(UsageEvent::FailedLater { code });
    }
    events
}

/// Every way of `steps` events from the start, with the state before and after each.
fn walk(state: &UsageState, steps: usize, look: &mut impl FnMut(&UsageState, &UsageEvent, &UsageState)) {
    for event in events() {
        if let Ok(after) = state.after(&event) {
            look(state, &event, &after);
            if steps > 1 {
                walk(&after, steps - 1, look);
            }
        }
    }
}

#[test]
fn nothing_is_sent_twice_after_a_success() {
    let mut successes = 0;
    walk(&UsageState::Entered, 5, &mut |before, event, after| {
        if *before == UsageState::Sent {
            successes += 1;
            assert!(matches!(event, UsageEvent::FailedLater { .. }), "{event:?}");
            assert!(matches!(after, UsageState::Sent | UsageState::Refused { .. }), "{event:?} leads to {after:?}");
        }
        if let UsageState::Sending { maybe_there } = after {
            assert_eq!(*event, UsageEvent::Started);
            assert_eq!(*maybe_there, *before == UsageState::InDoubt);
        }
    });
    assert!(successes > 100);
    assert_eq!(UsageState::Sent.may_be_sent(), Err(NotPossible::AlreadySent));
}

#[test]
fn what_may_be_sent_starts_and_nothing_else() {
    walk(&UsageState::Entered, 4, &mut |_, _, state| {
        assert_eq!(state.may_be_sent().is_ok(), state.after(&UsageEvent::Started).is_ok(), "{state:?}");
    });
}

#[test]
fn each_answer_leads_where_it_says() {
    let code = |wire| RecordCode::from_wire(wire);
    let refused = |wire| UsageState::Refused { code: code(wire) };
    let named = |wire| UsageEvent::Named { code: code(wire) };
    let first = UsageState::Sending { maybe_there: false };
    let again = UsageState::Sending { maybe_there: true };
    for (before, event, after) in [
        (&first, UsageEvent::Taken, UsageState::Sent),
        (&first, UsageEvent::NothingTaken, UsageState::Entered),
        (&again, UsageEvent::NothingTaken, UsageState::InDoubt),
        (&first, UsageEvent::LostTrack, UsageState::InDoubt),
        (&first, named("010"), UsageState::Sent),
        (&first, named("005"), refused("005")),
        (&again, named("005"), UsageState::Sent),
        (&again, named("003"), refused("003")),
        (&UsageState::Sent, UsageEvent::FailedLater { code: code("003") }, refused("003")),
        (&UsageState::Sent, UsageEvent::FailedLater { code: code("010") }, UsageState::Sent),
        (&refused("003"), UsageEvent::Corrected, UsageState::Entered),
        (&refused("005"), UsageEvent::Replaced { by: "sn-2".into() }, UsageState::Replaced { by: "sn-2".into() }),
        (&refused("013"), UsageEvent::Started, first.clone()),
        (&UsageState::InDoubt, UsageEvent::Started, again.clone()),
        (&UsageState::InDoubt, UsageEvent::Discarded, UsageState::Discarded),
    ] {
        assert_eq!(before.after(&event), Ok(after), "{before:?} and {event:?}");
    }
}

#[test]
fn what_is_not_possible_says_why() {
    let code = |wire| RecordCode::from_wire(wire);
    for (state, event, reason) in [
        (UsageState::Sent, UsageEvent::Started, NotPossible::AlreadySent),
        (UsageState::Sent, UsageEvent::Corrected, NotPossible::AlreadySent),
        (UsageState::Sent, UsageEvent::Discarded, NotPossible::AlreadySent),
        (UsageState::Sending { maybe_there: false }, UsageEvent::Started, NotPossible::UnderWay),
        (UsageState::Entered, UsageEvent::Taken, NotPossible::NotUnderWay),
        (UsageState::Entered, UsageEvent::FailedLater { code: code("003") }, NotPossible::NotSent),
        (UsageState::InDoubt, UsageEvent::Corrected, NotPossible::InDoubt),
        (UsageState::InDoubt, UsageEvent::Replaced { by: "sn-2".into() }, NotPossible::InDoubt),
        (UsageState::Sent, UsageEvent::Replaced { by: "sn-2".into() }, NotPossible::AlreadySent),
        (UsageState::Replaced { by: "sn-2".into() }, UsageEvent::Started, NotPossible::Replaced { by: "sn-2".into() }),
        (UsageState::Discarded, UsageEvent::Started, NotPossible::Discarded),
        (
            UsageState::Refused { code: code("003") },
            UsageEvent::Started,
            NotPossible::CorrectFirst { code: code("003") },
        ),
        (UsageState::Refused { code: code("012") }, UsageEvent::Started, NotPossible::Pointless { code: code("012") }),
    ] {
        assert_eq!(state.after(&event), Err(reason), "{state:?} and {event:?}");
    }
}

#[test]
fn a_state_is_kept_as_it_is() {
    let mut names = std::collections::BTreeSet::new();
    walk(&UsageState::Entered, 4, &mut |_, _, state| {
        names.insert(state.name());
        let kept = serde_json::to_string(state).unwrap();
        assert_eq!(serde_json::from_str::<UsageState>(&kept).unwrap(), *state, "{kept}");
    });
    assert_eq!(names.len(), 7);
}
