//! The session's part of the registers: every entry with what follows from it, the history of the one that is shown, and its
//! changes. Entries are typed by hand, so they are few enough to be shown as a whole.

use std::sync::Arc;

use super::{
    event::Event,
    refresh::Refresh,
    run::{Done, Run},
};
use crate::{
    desk::{Desk, Refusal, operator},
    domain::register::{EntryChange, Judged, RegisterKind, ReplyTemplate, TemplateChange},
    store::StoreError,
};

/// Changes of templates that are told.
const TEMPLATE_CHANGES: usize = 200;

#[derive(Clone, Debug)]
pub enum RegistersCommand {
    /// The entry whose history is shown.
    History(Option<i64>),
    /// Adds an entry, or changes these fields of one.
    Put {
        kind: RegisterKind,
        id: Option<i64>,
        values: Vec<(String, String)>,
    },
    Remove {
        kind: RegisterKind,
        id: i64,
    },
    /// Puts a removed one back.
    Restore {
        kind: RegisterKind,
        id: i64,
    },
    /// Keeps all of these or none.
    PutTemplates(Vec<ReplyTemplate>),
    RemoveTemplate(i64),
}

/// What is known of registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistersKnown {
    /// Something was read.
    pub loaded: bool,
    /// Those that wait longest first.
    pub entries: Vec<Judged>,
    /// Of replies to reviews, by name.
    pub templates: Vec<ReplyTemplate>,
    /// What was done to them, newest first.
    pub template_changes: Vec<TemplateChange>,
    /// Of the entry that was asked about, newest first.
    pub history: Option<(i64, Vec<EntryChange>)>,
}

impl RegistersKnown {
    pub fn of(&self, kind: RegisterKind) -> impl Iterator<Item = &Judged> {
        self.entries.iter().filter(move |judged| judged.kept.kind == kind)
    }

    /// Entries of a kind with which somebody has to do something now.
    pub fn due(&self, kind: RegisterKind) -> usize {
        self.of(kind).filter(|judged| judged.is_due()).count()
    }

    pub fn entry(&self, id: i64) -> Option<&Judged> {
        self.entries.iter().find(|judged| judged.kept.id == id)
    }
}

pub(super) struct RegistersPart {
    /// With the entry whose history is shown.
    reading: Refresh<Option<i64>>,
}

impl RegistersPart {
    pub(super) fn new() -> Self {
        let mut reading = Refresh::new();
        reading.look(Some(None));
        Self { reading }
    }
}

impl Run {
    pub(super) fn obey_registers(&mut self, command: RegistersCommand) {
        match command {
            RegistersCommand::History(id) => {
                if self.registers.reading.look(Some(id)) {
                    self.read_registers();
                }
            }
            RegistersCommand::Put { kind, id, values } => self.change_registers(move |desk| async move {
                let put = desk.put_values(kind, id, &values, &operator()).await;
                put.map(|put| Event::EntryPut { kind, id: put.last.or(id), changed: put.same == 0 })
            }),
            RegistersCommand::Remove { kind, id } => self.change_registers(move |desk| async move {
                let removed = desk.remove_entry(kind, id, &operator()).await;
                removed.map(|entry| Event::EntryRemoved { kind, id, entry })
            }),
            RegistersCommand::Restore { kind, id } => self.change_registers(move |desk| async move {
                let restored = desk.restore_entry(kind, id, &operator()).await;
                restored.map(|entry| Event::EntryRestored { kind, id, entry })
            }),
            RegistersCommand::PutTemplates(templates) => self.change_registers(move |desk| async move {
                desk.put_reply_templates(templates, &operator()).await.map(|()| Event::TemplatesPut)
            }),
            RegistersCommand::RemoveTemplate(id) => self.change_registers(move |desk| async move {
                desk.remove_reply_template(id, &operator()).await.map(|_| Event::TemplateRemoved)
            }),
        }
    }

    pub(super) fn read_registers(&mut self) {
        let Some(history) = self.registers.reading.begin() else { return };
        self.spawn(move |desk| async move { Done::Registers(read(&desk, history).await) });
    }

    pub(super) fn take_registers(&mut self, read: Result<RegistersKnown, StoreError>) {
        match read {
            Ok(known) if *self.snapshot.registers != known => {
                self.snapshot.registers = Arc::new(known);
                self.show();
            }
            Ok(_) => {}
            Err(error) => {
                self.trouble(&error);
                self.show();
            }
        }
        if self.registers.reading.ended() {
            self.read_registers();
        }
    }

    fn change_registers<F, E>(&self, change: impl FnOnce(Desk) -> F)
    where
        F: Future<Output = Result<Event, E>> + Send + 'static,
        E: Into<Refusal>,
    {
        self.spawn(|desk| {
            let change = change(desk);
            async move { Done::Event(change.await.unwrap_or_else(Event::refused)) }
        });
    }
}

async fn read(desk: &Desk, history: Option<i64>) -> Result<RegistersKnown, StoreError> {
    let (entries, templates) = (desk.registers().await?, desk.reply_templates().await?);
    let template_changes = desk.reply_template_changes(TEMPLATE_CHANGES).await?;
    let history = match history {
        Some(id) => Some((id, desk.entry_history(id).await?)),
        None => None,
    };
    Ok(RegistersKnown { loaded: true, entries, templates, template_changes, history })
}
