//! The session's part of debugging: what is kept, the request as it would leave, calls that are under way, and the alarm
//! about probes.

use std::sync::Arc;

use super::{
    event::Event,
    refresh::Refresh,
    run::{Done, Run},
};
use crate::{
    desk::{
        Desk,
        debugging::{DebugRefused, DebugRequest, Debugging},
    },
    domain::{
        debugging::{CaseId, DebugRun, Target},
        probe::ProbeFinding,
    },
    protocol::debugging::DebugCall,
    store::{Cancel, StoreError},
};

#[derive(Clone, Debug)]
pub enum DebugCommand {
    /// The call that stands in the form, to be shown as it would leave.
    Prepare(Box<DebugRequest>),
    Send(Box<DebugRequest>),
    SaveCase {
        name: String,
        target: Target,
        call: DebugCall,
    },
    DeleteCase(CaseId),
    /// One after the other.
    RunCases(Vec<CaseId>),
    /// Ends the running after the case that is called.
    StopRunning,
    /// `None` leaves it to what was seen.
    WatchProbes(Option<bool>),
}

/// What the window sees of it.
#[derive(Clone, Debug, Default)]
pub struct DebuggingNow {
    pub known: Arc<Debugging>,
    /// The call that was prepared last, as a line for a shell, or why it cannot leave.
    pub prepared: Option<Result<String, Arc<DebugRefused>>>,
    /// What was sent last.
    pub last: Option<Arc<DebugRun>>,
    /// Cases that were run, of how many; of one call 0 of 1.
    pub running: Option<(usize, usize)>,
}

/// What comes back from background work.
pub(super) enum DebugDone {
    Known(Result<Debugging, StoreError>),
    Running(usize, usize),
    Ran(Result<Box<DebugRun>, DebugRefused>),
    /// Nothing is under way any more.
    Ended(Option<Event>),
}

pub(super) struct DebugPart {
    known: Refresh<()>,
    /// What was told of already.
    told: Vec<ProbeFinding>,
    cancel: Cancel,
}

impl DebugPart {
    pub(super) fn new() -> Self {
        let mut known = Refresh::new();
        known.look(Some(()));
        Self { known, told: Vec::new(), cancel: Cancel::default() }
    }
}

impl Run {
    pub(super) fn obey_debugging(&mut self, command: DebugCommand) {
        match command {
            DebugCommand::Prepare(request) => {
                let prepared = self.desk.sign_debug_call(&request).map(|signed| signed.curl()).map_err(Arc::new);
                self.debugging_is(|now| now.prepared = Some(prepared));
            }
            DebugCommand::Send(request) => {
                self.debugging_is(|now| now.running = Some((0, 1)));
                let done = self.done.clone();
                self.spawn(move |desk| async move {
                    let ran = desk.send_debug_call(*request).await.map(Box::new);
                    drop(done.send(Done::Debugging(DebugDone::Ran(ran))).await);
                    Done::Debugging(DebugDone::Ended(None))
                });
            }
            DebugCommand::SaveCase { name, target, call } => self.spawn(move |desk| async move {
                Done::Event(match desk.keep_debug_case(name.clone(), target, call).await {
                    Ok(_) => Event::CaseSaved { name },
                    Err(error) => Event::refused(error),
                })
            }),
            DebugCommand::DeleteCase(id) => self.spawn(move |desk| async move {
                Done::Event(match desk.delete_debug_case(id).await {
                    Ok(_) => Event::CaseDeleted,
                    Err(error) => Event::refused(error),
                })
            }),
            DebugCommand::RunCases(ids) => self.run_cases(ids),
            DebugCommand::StopRunning => self.debugging.cancel.cancel(),
            DebugCommand::WatchProbes(on) => self.spawn(move |desk| async move {
                Done::Event(match desk.watch_probes(on).await {
                    Ok(()) => Event::SettingsSaved,
                    Err(error) => Event::refused(error),
                })
            }),
        }
    }

    fn run_cases(&mut self, ids: Vec<CaseId>) {
        let cancel = Cancel::default();
        self.debugging.cancel = cancel.clone();
        let all = ids.len();
        self.debugging_is(|now| now.running = Some((0, all)));
        let done = self.done.clone();
        self.spawn(move |desk| async move {
            let (mut passed, mut failed) = (0, 0);
            for (position, id) in (1..).zip(ids) {
                if cancel.is_cancelled() {
                    break;
                }
                let ran = desk.run_debug_case(id).await;
                match &ran {
                    Ok(run) if !run.verdict.is_failed() => passed += 1,
                    _ => failed += 1,
                }
                drop(done.send(Done::Debugging(DebugDone::Ran(ran.map(Box::new)))).await);
                drop(done.send(Done::Debugging(DebugDone::Running(position, all))).await);
            }
            let left = all.saturating_sub(passed + failed);
            Done::Debugging(DebugDone::Ended(Some(Event::CasesRan { passed, failed, left })))
        });
    }

    pub(super) fn take_debugging(&mut self, done: DebugDone) {
        match done {
            DebugDone::Known(known) => {
                match known {
                    Ok(known) => self.debugging_known(known),
                    Err(error) => {
                        self.trouble(&error);
                        self.show();
                    }
                }
                if self.debugging.known.ended() {
                    self.find_debugging();
                }
            }
            DebugDone::Running(position, all) => self.debugging_is(|now| now.running = Some((position, all))),
            DebugDone::Ran(Ok(run)) => self.debugging_is(|now| now.last = Some(Arc::new(*run))),
            DebugDone::Ran(Err(refused)) => self.tell(Event::refused(refused)),
            DebugDone::Ended(event) => {
                self.debugging_is(|now| now.running = None);
                if let Some(event) = event {
                    self.tell(event);
                }
                self.find_debugging();
            }
        }
    }

    pub(super) fn find_debugging(&mut self) {
        // What is sent from here is known as such only once it is kept; until then it would look like a probe.
        if self.snapshot.debugging.running.is_some() {
            return;
        }
        if self.debugging.known.begin().is_some() {
            self.spawn(|desk: Desk| async move { Done::Debugging(DebugDone::Known(desk.debugging().await)) });
        }
    }

    fn debugging_known(&mut self, known: Debugging) {
        // It was read while something was sent; it is read again when that has ended.
        if self.snapshot.debugging.running.is_some() || *self.snapshot.debugging.known == known {
            return;
        }
        let findings = known.probes.findings.clone();
        for finding in &findings {
            if !self.debugging.told.iter().any(|told| finding.is_told_by(told)) {
                self.tell(Event::ProbeAlarm { finding: finding.clone(), case: known.name_of(finding) });
            }
        }
        self.debugging.told = findings;
        self.debugging_is(|now| now.known = Arc::new(known));
    }

    fn debugging_is(&mut self, change: impl FnOnce(&mut DebuggingNow)) {
        let mut now = DebuggingNow::clone(&self.snapshot.debugging);
        change(&mut now);
        self.snapshot.debugging = Arc::new(now);
        self.show();
    }
}
