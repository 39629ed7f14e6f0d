//! What each command of the window sets going.

use super::{Done, Run};
use crate::{
    config::OlderKey,
    desk::{
        Desk, DeskError, Refusal,
        session::{
            batch,
            command::Command,
            event::{Event, FormCommand},
            snapshot::Doing,
        },
    },
    domain::{
        MessageId,
        listing::{MessageFilter, MessageQuery},
    },
    store::{Cancel, StoreError},
};

impl Run {
    pub(super) async fn obey(&mut self, command: Command) {
        match command {
            Command::LookAtMessages { query, rows } => {
                if self.messages.look(query, rows) {
                    self.find_messages();
                } else {
                    self.fetch_messages(false).await;
                }
            }
            Command::LookAtInstances { query, rows } => {
                if self.instances.look(query, rows) {
                    self.find_instances();
                } else {
                    self.fetch_instances(false).await;
                }
            }
            Command::LookAtOrders { query, rows } => {
                if self.orders.look(query, rows) {
                    self.find_orders();
                } else {
                    self.fetch_orders(false).await;
                }
            }
            Command::LookAtLicenses { query, rows } => {
                if self.licenses.look(query, rows) {
                    self.find_licenses();
                } else {
                    self.fetch_licenses(false).await;
                }
            }
            Command::LookAtLicenseCalendar(query) => self.look_at_calendar(query),
            Command::LookAtTenants { world, search } => {
                self.tenants.look(Some((world, search)));
                self.find_tenants();
            }
            Command::LookAtTenant(tenant) => self.look_at_tenant(tenant),
            Command::LookAtUsage { query, rows } => self.look_at_usage(query, rows).await,
            Command::LookAwayFrom(list) => self.look_away_from(list),
            Command::LookAtWorld(world) => self.look_at_world(world),
            Command::LookAtSubject(subject) => self.look_at_subject(subject),
            Command::Retry(ids) => self.retry_all(ids),
            Command::RetryAllShown(query) => self.retry_shown(query),
            Command::CancelRetry => {
                if let Some(cancel) = &self.cancel_batch {
                    cancel.cancel();
                }
            }
            Command::AddLicenses { world, text } => self.spawn(move |desk| async move {
                Done::Event(match desk.add_licenses(world, &text).await {
                    Ok(added) => Event::LicensesAdded(added),
                    Err(error) => Event::RefusedTo(FormCommand::AddLicenses, error.into()),
                })
            }),
            Command::CheckActivation { world, text } => self.spawn(move |desk| async move {
                Done::Event(match desk.check_activation(world, &text).await {
                    Ok(checks) => Event::ActivationChecked(checks),
                    Err(error) => Event::RefusedTo(FormCommand::CheckActivation, error.into()),
                })
            }),
            Command::CheckActivationOfRows { world, ids } => self.spawn(move |desk| async move {
                Done::Event(match desk.check_activation_of_rows(world, ids).await {
                    Ok(checks) => Event::ActivationChecked(checks),
                    Err(error) => Event::RefusedTo(FormCommand::CheckActivation, error.into()),
                })
            }),
            Command::QueryLicenseRows { world, ids } => {
                self.carry_out(Doing::Querying, |desk| async move { desk.query_license_rows(world, ids).await });
            }
            Command::ActivateLicenses { world, codes, real_effect_time } => {
                self.carry_out(Doing::Activating, |desk| async move {
                    desk.keep_activations(world, codes, real_effect_time).await
                });
            }
            Command::QueryLicenses { world, codes } => {
                self.carry_out(Doing::Querying, |desk| async move { desk.query_licenses(world, codes).await });
            }
            Command::ReportUse { world, reports } => self.report_use(world, reports),
            Command::QueryOrders { world, order_ids } => {
                self.carry_out(Doing::Querying, |desk| async move { desk.keep_order_queries(world, order_ids).await });
            }
            Command::QueryOrdersMarked { world, rows } => {
                self.carry_out(
                    Doing::Querying,
                    |desk| async move { desk.keep_queries_of_order_lines(world, rows).await },
                );
            }
            Command::QueryOrdersShown(query) => {
                self.carry_out(Doing::Querying, |desk| async move { desk.keep_queries_of_orders_shown(query).await });
            }
            Command::UploadLicense { world, event_id, content } => {
                let done = self.done.clone();
                self.carry_out(Doing::Uploading, |desk| async move {
                    match desk.keep_upload(world, event_id, content).await {
                        Ok(kept) => Ok(vec![kept]),
                        Err(error) => {
                            let event = match error {
                                DeskError::HandedOverBefore { at, .. } => Event::HandedOverBefore { at },
                                error => Event::refused(error),
                            };
                            drop(done.send(Done::Event(event)).await);
                            Ok(Vec::new())
                        }
                    }
                });
            }
            Command::Fulfil { world, instance_id, app_info } => self.spawn(move |desk| async move {
                Done::Event(match desk.fulfil(world, instance_id.clone(), app_info).await {
                    Ok(_) => Event::Fulfilled { instance_id },
                    Err(DeskError::NotFulfilled { exception, .. }) => Event::FulfilRefused { instance_id, exception },
                    Err(error) => Event::refused(error),
                })
            }),
            Command::SetKey { class, endpoint, key, keep_old } => {
                self.ask(Event::KeySet { class }, |desk| async move {
                    if keep_old {
                        desk.rotate_key(class, endpoint, key, OlderKey::Refuse).await
                    } else {
                        desk.set_key(class, endpoint, key).await
                    }
                });
            }
            Command::EndOldKey { class, endpoint } => {
                self.ask(Event::OldKeyEnded { class }, |desk| async move { desk.end_old_key(class, endpoint).await });
            }
            Command::ForgetEndedKeys { class, endpoint } => {
                let forgotten = Event::EndedKeysForgotten { class };
                self.ask(forgotten, |desk| async move { desk.forget_ended_keys(class, endpoint).await });
            }
            Command::RemoveKey { class, endpoint } => {
                self.ask(Event::KeyRemoved { class }, |desk| async move { desk.remove_key(class, endpoint).await });
            }
            Command::SetRsaKey { endpoint, pem } => {
                self.ask(Event::RsaKeySet, |desk| async move { desk.set_rsa_key(endpoint, pem).await });
            }
            Command::RemoveRsaKey { endpoint } => {
                self.ask(Event::RsaKeyRemoved, |desk| async move { desk.remove_rsa_key(endpoint).await });
            }
            Command::RunBench(request) => self.spawn(move |desk| async move {
                match desk.run_bench(*request).await {
                    Ok(run) => Done::Bench(Box::new(run)),
                    Err(error) => Done::Event(Event::refused(error)),
                }
            }),
            Command::SetAccessKey(pair) => {
                self.ask(Event::AccessKeySet, |desk| async move { desk.set_access_key(pair).await });
            }
            Command::RemoveAccessKey => {
                self.ask(Event::AccessKeyRemoved, |desk| async move { desk.remove_access_key().await });
            }
            Command::CopyWebhookSecret(endpoint) => self.spawn(move |desk| async move {
                Done::Event(match desk.webhook_secret(endpoint.clone()).await {
                    Ok(secret) => Event::WebhookSecret { endpoint, secret },
                    Err(error) => Event::refused(error),
                })
            }),
            Command::CopyClientSecret { world, tenant_id, app_id } => self.spawn(move |desk| async move {
                Done::Event(match desk.client_secret(world, tenant_id, app_id.clone()).await {
                    Ok(Some(secret)) => Event::ClientSecret { app_id, secret },
                    Ok(None) => Event::Refused(Refusal::NoClientSecret { app_id }),
                    Err(error) => Event::refused(error),
                })
            }),
            Command::SaveSettings(change) => {
                self.ask(Event::SettingsSaved, |desk| async move { desk.change_settings(change).await });
            }
            Command::Usage(command) => self.obey_usage(command),
            Command::Debug(command) => self.obey_debugging(command),
            Command::ForeseeRetry(id) => {
                self.spawn(move |desk| async move { Done::Foreseen(id, desk.foresee_retry(id).await) });
            }
            Command::Import(command) => self.obey_import(command),
            Command::Limits(command) => self.obey_limits(command),
            Command::Registers(command) => self.obey_registers(command),
            Command::Settlement(command) => self.obey_settlement(command),
            Command::Reconcile => self.spawn(|desk| async move { Done::Reconciled(desk.reconcile().await) }),
            Command::MendInstance { world, instance_id, mend } => self.spawn(move |desk| async move {
                Done::Event(match desk.mend_instance(world, instance_id.clone(), mend).await {
                    Ok(result) => Event::InstanceMended { instance_id, mend, result },
                    Err(error) => Event::refused(error),
                })
            }),
            Command::ImportWorkdays(file) => self.spawn(move |desk| async move {
                Done::Event(match desk.import_workdays(file).await {
                    Ok(years) => Event::WorkdaysImported { years: years.into_iter().collect() },
                    Err(error) => Event::refused(error),
                })
            }),
            Command::NoteSupervision { world, order_id, facts } => {
                self.ask(Event::SupervisionNoted, move |desk| async move {
                    Ok(desk.note_supervision(world, order_id, facts.map(|facts| *facts)).await?)
                });
            }
            Command::NoteUnsubscription { order_id, request } => {
                self.ask(Event::UnsubscriptionNoted, move |desk| async move {
                    Ok(desk.note_unsubscription(order_id, request).await?)
                });
            }
            Command::Export { list, file } => self.export(list, file),
            Command::CancelExport => self.cancel_export(),
            Command::BackUp(file) => self.spawn(move |desk| async move {
                Done::Event(match desk.back_up(file.clone()).await {
                    Ok(bytes) => Event::BackedUp { file, bytes },
                    Err(error) => Event::RefusedTo(FormCommand::BackUp, error.into()),
                })
            }),
        }
    }

    fn retry_shown(&mut self, query: MessageQuery) {
        let (desk, done, cancel) = (self.desk.clone(), self.done.clone(), self.begin_batch());
        tokio::spawn(async move {
            let unfinished = MessageQuery {
                filter: if query.filter == MessageFilter::All { MessageFilter::Failing } else { query.filter },
                ..query
            };
            match desk.message_ids(unfinished, Cancel::default()).await {
                // Oldest first: what came first is closest to its refund.
                Ok(mut ids) => {
                    ids.sort_unstable();
                    batch::retry(desk, done, cancel, ids.into_iter().map(MessageId).collect()).await;
                }
                Err(error) => {
                    drop(done.send(Done::Event(Event::refused(error))).await);
                }
            }
        });
    }

    fn retry_all(&mut self, ids: Vec<MessageId>) {
        self.snapshot.foreseen = None;
        let (desk, done, cancel) = (self.desk.clone(), self.done.clone(), self.begin_batch());
        tokio::spawn(batch::retry(desk, done, cancel, ids));
    }

    /// Keeps actions and carries them out.
    pub(in crate::desk::session) fn carry_out<F>(&mut self, doing: Doing, keep: impl FnOnce(Desk) -> F)
    where
        F: Future<Output = Result<Vec<MessageId>, StoreError>> + Send + 'static,
    {
        let (desk, done, cancel) = (self.desk.clone(), self.done.clone(), self.begin_batch());
        tokio::spawn(batch::carry_out(desk.clone(), done, cancel, doing, keep(desk)));
    }

    pub(in crate::desk::session) fn begin_batch(&mut self) -> Cancel {
        let cancel = Cancel::default();
        self.cancel_batch = Some(cancel.clone());
        cancel
    }
}
