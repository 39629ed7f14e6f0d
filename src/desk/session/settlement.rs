//! The session's part of settlement: a month with its bill while somebody looks at it, and products' terms.

use std::sync::Arc;

use super::{
    event::Event,
    refresh::Refresh,
    run::{Done, Run},
};
use crate::{
    desk::{
        Desk,
        settlement::{KeptTerms, SettlementMonth},
    },
    domain::settlement::{BillingMonth, Terms},
    store::StoreError,
};

#[derive(Clone, Debug)]
pub enum SettlementCommand {
    /// The month that somebody looks at; an estimate reads every order, so it is not made for nobody.
    Look(Option<BillingMonth>),
    PutTerms(Box<Terms>),
    RemoveTerms {
        product_id: String,
        sku_code: Option<String>,
    },
    /// Takes a month's bill away, to import another.
    ForgetBill(BillingMonth),
}

/// What is known of settlement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SettlementKnown {
    /// `None` before it was read.
    pub month: Option<SettlementMonth>,
    pub terms: Vec<KeptTerms>,
}

/// What comes back from background work.
pub(super) type SettlementDone = Result<(BillingMonth, SettlementKnown), StoreError>;

pub(super) struct SettlementPart {
    looks: Refresh<BillingMonth>,
}

impl SettlementPart {
    pub(super) const fn new() -> Self {
        Self { looks: Refresh::new() }
    }
}

impl Run {
    pub(super) fn obey_settlement(&mut self, command: SettlementCommand) {
        match command {
            SettlementCommand::Look(month) => {
                self.settlement.looks.look(month);
                self.find_settlement();
            }
            SettlementCommand::PutTerms(terms) => self.change_settlement(|desk| async move {
                desk.put_settlement_terms(vec![*terms]).await?;
                Ok(Event::TermsKept)
            }),
            SettlementCommand::RemoveTerms { product_id, sku_code } => self.change_settlement(|desk| async move {
                desk.remove_settlement_terms(product_id, sku_code).await?;
                Ok(Event::TermsKept)
            }),
            SettlementCommand::ForgetBill(month) => self.change_settlement(move |desk| async move {
                Ok(Event::BillForgotten { lines: desk.remove_bill(month).await? })
            }),
        }
    }

    pub(super) fn find_settlement(&mut self) {
        let Some(month) = self.settlement.looks.begin() else { return };
        self.spawn(move |desk| async move {
            let read = async {
                let known = SettlementKnown {
                    month: Some(desk.settlement_month(month).await?),
                    terms: desk.settlement_terms().await?,
                };
                Ok((month, known))
            };
            Done::Settlement(Box::new(read.await))
        });
    }

    pub(super) fn take_settlement(&mut self, done: SettlementDone) {
        match done {
            Ok((month, known)) => {
                let wanted = self.settlement.looks.wanted() == Some(&month);
                if wanted && *self.snapshot.settlement != known {
                    self.snapshot.settlement = Arc::new(known);
                }
            }
            Err(error) => self.trouble(&error),
        }
        self.show();
        if self.settlement.looks.ended() {
            self.find_settlement();
        }
    }

    fn change_settlement<F>(&self, change: impl FnOnce(Desk) -> F)
    where
        F: Future<Output = Result<Event, StoreError>> + Send + 'static,
    {
        self.spawn(|desk| {
            let change = change(desk);
            async move { Done::Event(change.await.unwrap_or_else(Event::refused)) }
        });
    }
}
